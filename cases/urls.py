"""Addresses of shops, of lists behind figures, of what hangs on projects, of check-in on the phone."""

from django.urls import path

from cases.checkin.cards import PrintCardsView
from cases.checkin.pairing import DeviceView, PairView
from cases.checkin.rating import RateView
from cases.checkin.screens import CARD_SCREEN, DEVICE_SCREEN, REJECTED_SCREEN
from cases.checkin.shop_page import ScansView, ShopStateView, shop_script
from cases.checkin.shop_page import ShopView as CounterView
from cases.checkin.worker_page import CardView, DoorView, WorkerView
from cases.project_screens import PART_SCREENS
from cases.screens import ENROLMENT_SCREEN, MEAL_SCREEN, SHOP_SCREEN
from cases.views import PhotoView, PosterView, ShopView

urlpatterns = [
    path("shops/<int:pk>/poster/", PosterView.as_view(screen=SHOP_SCREEN), name="shops-poster"),
    *SHOP_SCREEN.urls_with(detail=(ShopView, {})),
    *ENROLMENT_SCREEN.urls(),
    *MEAL_SCREEN.urls(),
    *(pattern for screen in PART_SCREENS for pattern in screen.urls()),
    path("photos/<int:pk>/", PhotoView.as_view(), name="photo"),
    path("photos/<int:pk>/small/", PhotoView.as_view(is_small=True), name="photo-small"),
    *DEVICE_SCREEN.urls_with(detail=(DeviceView, {})),
    *REJECTED_SCREEN.urls(),
    path("meal_cards/print/", PrintCardsView.as_view(screen=CARD_SCREEN), name="meal_cards-print"),
    *CARD_SCREEN.urls(),
    path("shop/", CounterView.as_view(), name="shop"),
    path("shop/state/", ShopStateView.as_view(), name="shop-state"),
    path("shop/scans/", ScansView.as_view(), name="shop-scans"),
    path("shop/offline.js", shop_script, name="shop-script"),
    path("shop/pair/<str:token>/", PairView.as_view(), name="shop-pair"),
    path("d/<str:door>/", DoorView.as_view(), name="shop-door"),
    path("w/", WorkerView.as_view(), name="worker"),
    path("w/rate/<int:pk>/", RateView.as_view(), name="worker-rate"),
    path("w/<str:token>/", CardView.as_view(), name="worker-card"),
]
