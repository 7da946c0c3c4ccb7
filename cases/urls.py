"""Addresses of shops, of the lists behind the figures, and of check-in on the phone."""

from django.urls import path

from cases.checkin.cards import PrintCardsView
from cases.checkin.pairing import DeviceView, PairView
from cases.checkin.screens import CARD_SCREEN, DEVICE_SCREEN, REJECTED_SCREEN
from cases.checkin.shop_page import ScansView, ShopStateView, shop_script
from cases.checkin.shop_page import ShopView as CounterView
from cases.checkin.worker_page import CardView, DoorView, WorkerView
from cases.screens import ENROLMENT_SCREEN, MEAL_SCREEN, SHOP_SCREEN, VISIT_SCREEN
from cases.views import PosterView, ShopView

urlpatterns = [
    path("shops/<int:pk>/poster/", PosterView.as_view(screen=SHOP_SCREEN), name="shops-poster"),
    *SHOP_SCREEN.urls_with(detail=(ShopView, {})),
    *ENROLMENT_SCREEN.urls(),
    *MEAL_SCREEN.urls(),
    *VISIT_SCREEN.urls(),
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
    path("w/<str:token>/", CardView.as_view(), name="worker-card"),
]
