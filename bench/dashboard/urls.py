"""The portal's addresses, and those of the peer and the floor."""

from django.urls import path

from bench.dashboard import views
from config import urls

urlpatterns = [
    path("bench/bare/", views.bare),
    path("bench/orm/<str:code>/", views.orm_page),
    *urls.urlpatterns,
]
