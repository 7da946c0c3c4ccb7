"""Addresses of imports."""

from django.urls import path

from core.imports import views

urlpatterns = [
    path("imports/", views.BatchListView.as_view(), name="imports-list"),
    path("imports/new/", views.UploadView.as_view(), name="imports-new"),
    path("imports/pile/<uuid:uuid>/", views.PileView.as_view(), name="imports-pile"),
    path("imports/<int:pk>/other-sheets/", views.OtherSheetsView.as_view(), name="imports-other-sheets"),
    path("imports/template/<slug:key>/", views.TemplateView.as_view(), name="imports-template"),
    path("imports/<int:pk>/", views.BatchView.as_view(), name="imports-detail"),
    path("imports/<int:pk>/columns/", views.ColumnsView.as_view(), name="imports-columns"),
    path("imports/<int:pk>/forget/", views.ForgetView.as_view(), name="imports-forget"),
    path("imports/<int:pk>/sheet/", views.SheetView.as_view(), name="imports-sheet"),
    path("imports/<int:pk>/fix/", views.FixView.as_view(), name="imports-fix"),
    path("imports/<int:pk>/doubts/", views.DoubtsView.as_view(), name="imports-doubts"),
    path("imports/<int:pk>/fill/", views.FillView.as_view(), name="imports-fill"),
    path("imports/<int:pk>/continue/", views.ContinueView.as_view(), name="imports-continue"),
    path("imports/<int:pk>/dismiss/", views.DismissView.as_view(), name="imports-dismiss"),
    path("imports/<int:pk>/commit/", views.CommitView.as_view(), name="imports-commit"),
    path("imports/<int:pk>/recheck/", views.RecheckView.as_view(), name="imports-recheck"),
    path("imports/<int:pk>/discard/", views.DiscardView.as_view(), name="imports-discard"),
    path("imports/<int:pk>/undo/", views.UndoView.as_view(), name="imports-undo"),
    path("imports/<int:pk>/held/", views.HeldView.as_view(), name="imports-held"),
]
