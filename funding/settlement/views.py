"""The page of a month, its calendar, and its documents."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from django.http import FileResponse, HttpRequest

from core.exports import EXCEL
from core.screens.views import ScreenView
from funding.settlement import documents


class DocumentView(ScreenView):
    """A document of a row, made by an action that leaves its entry in the audit trail."""

    write: Callable[..., Any] = documents.print_statement
    suffix = "pdf"

    def get(self, request: HttpRequest, pk: int) -> FileResponse:
        row, stream = self.row(), BytesIO()
        type(self).write(by=self.account, row=row, stream=stream)
        stream.seek(0)
        kind = EXCEL if self.suffix == "xlsx" else "application/pdf"
        response = FileResponse(
            stream, as_attachment=True, filename=f"{row}.{self.suffix}", content_type=kind
        )
        response["Cache-Control"] = "private, no-store"
        return response


class SheetView(DocumentView):
    write = documents.take_statement
    suffix = "xlsx"


class PrintView(DocumentView):
    write = documents.print_statement


class LineSheetView(DocumentView):
    write = documents.take_line
    suffix = "xlsx"


class PrintLineView(DocumentView):
    write = documents.print_line
