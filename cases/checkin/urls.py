"""Addresses of the phones: the shop's on the counter and the workers'. The door comes first, for its rush."""

from django.urls import path

from cases.checkin.pairing import PairView
from cases.checkin.rating import RateView
from cases.checkin.shop_page import ScansView, ShopStateView, ShopView, shop_script
from cases.checkin.worker_page import CardView, DoorView, WorkerView

urlpatterns = [
    path("d/<str:door>/", DoorView.as_view(), name="shop-door"),
    path("shop/", ShopView.as_view(), name="shop"),
    path("shop/state/", ShopStateView.as_view(), name="shop-state"),
    path("shop/scans/", ScansView.as_view(), name="shop-scans"),
    path("shop/offline.js", shop_script, name="shop-script"),
    path("shop/pair/<str:token>/", PairView.as_view(), name="shop-pair"),
    path("w/", WorkerView.as_view(), name="worker"),
    path("w/rate/<int:pk>/", RateView.as_view(), name="worker-rate"),
    path("w/<str:token>/", CardView.as_view(), name="worker-card"),
]
