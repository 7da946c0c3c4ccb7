"""Addresses of shops, of lists behind figures, of what hangs on projects, of the clerk's pages on check-in."""

from django.urls import path

from cases.checkin.cards import PrintCardsView
from cases.checkin.pairing import DeviceView
from cases.checkin.screens import ANOMALY_SCREEN, CARD_SCREEN, DEVICE_SCREEN, REJECTED_SCREEN
from cases.project_screens import PART_SCREENS
from cases.screens import ENROLMENT_SCREEN, MEAL_SCREEN, SHOP_SCREEN
from cases.views import PhotoView, PostersView, PosterView, ShopView

urlpatterns = [
    path("shops/posters/", PostersView.as_view(screen=SHOP_SCREEN), name="shops-posters"),
    path("shops/<int:pk>/poster/", PosterView.as_view(screen=SHOP_SCREEN), name="shops-poster"),
    *SHOP_SCREEN.urls_with(detail=(ShopView, {})),
    *ENROLMENT_SCREEN.urls(),
    *MEAL_SCREEN.urls(),
    *(pattern for screen in PART_SCREENS for pattern in screen.urls()),
    path("photos/<int:pk>/", PhotoView.as_view(), name="photo"),
    path("photos/<int:pk>/small/", PhotoView.as_view(is_small=True), name="photo-small"),
    *DEVICE_SCREEN.urls_with(detail=(DeviceView, {})),
    *REJECTED_SCREEN.urls(),
    *ANOMALY_SCREEN.urls(),
    path("meal_cards/print/", PrintCardsView.as_view(screen=CARD_SCREEN), name="meal_cards-print"),
    *CARD_SCREEN.urls(),
]
