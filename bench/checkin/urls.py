"""The portal's addresses, and those of the peer and the floor."""

from django.urls import path

from bench.checkin import views
from config import urls

urlpatterns = [
    path("bench/bare/", views.bare),
    path("bench/usual/", views.usual),
    *urls.urlpatterns,
]
