"""Addresses of imports."""

from django.urls import path

from core.imports.views import batches, columns, fixing, uploading

urlpatterns = [
    path("imports/", batches.BatchListView.as_view(), name="imports-list"),
    path("imports/new/", uploading.UploadView.as_view(), name="imports-new"),
    path("imports/pile/<uuid:uuid>/", uploading.PileView.as_view(), name="imports-pile"),
    path("imports/pile/<uuid:uuid>/commit/", uploading.PileCommitView.as_view(), name="imports-pile-commit"),
    path("imports/<int:pk>/other-sheets/", uploading.OtherSheetsView.as_view(), name="imports-other-sheets"),
    path("imports/template/<slug:key>/", uploading.TemplateView.as_view(), name="imports-template"),
    path("imports/<int:pk>/", batches.BatchView.as_view(), name="imports-detail"),
    path("imports/<int:pk>/columns/", columns.ColumnsView.as_view(), name="imports-columns"),
    path("imports/<int:pk>/forget/", columns.ForgetView.as_view(), name="imports-forget"),
    path("imports/<int:pk>/sheet/", columns.SheetView.as_view(), name="imports-sheet"),
    path("imports/<int:pk>/fix/", fixing.FixView.as_view(), name="imports-fix"),
    path("imports/<int:pk>/doubts/", fixing.DoubtsView.as_view(), name="imports-doubts"),
    path("imports/<int:pk>/fill/", fixing.FillView.as_view(), name="imports-fill"),
    path("imports/<int:pk>/continue/", batches.ContinueView.as_view(), name="imports-continue"),
    path("imports/<int:pk>/dismiss/", batches.DismissView.as_view(), name="imports-dismiss"),
    path("imports/<int:pk>/commit/", batches.CommitView.as_view(), name="imports-commit"),
    path("imports/<int:pk>/recheck/", batches.RecheckView.as_view(), name="imports-recheck"),
    path("imports/<int:pk>/discard/", batches.DiscardView.as_view(), name="imports-discard"),
    path("imports/<int:pk>/undo/", batches.UndoView.as_view(), name="imports-undo"),
    path("imports/<int:pk>/held/", batches.HeldView.as_view(), name="imports-held"),
]
