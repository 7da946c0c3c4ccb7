"""Pages of at most 200 rows; the count is exact up to 10,000."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from core import tables

NUMBER = {"type": "integer", "minimum": 1}


class CappedPagination(BasePagination):
    """The lists' own paging (`core.tables.Page`) for programs: `?page=` and `?size=`."""

    def paginate_queryset(self, queryset: QuerySet[Any], request: Request, view: Any = None) -> list[Any]:
        return self.shown(tables.Page.of(queryset, request.query_params), request)

    def shown(self, page: tables.Page, request: Request) -> list[Any]:
        """The rows of a page that somebody else has cut."""
        self.request, self.page = request, page
        return page.rows

    def get_paginated_response(self, data: Any) -> Response:
        page = self.page
        more = page.number * page.size < min(page.total, tables.COUNT_CAP)
        return Response(
            {
                "count": min(page.total, tables.COUNT_CAP),
                "count_is_exact": page.total <= tables.COUNT_CAP,
                "page": page.number,
                "size": page.size,
                "next": self._address(page.number + 1) if more else None,
                "previous": self._address(page.number - 1) if page.number > 1 else None,
                "results": data,
            }
        )

    def _address(self, number: int) -> str:
        query = self.request.query_params.copy()
        query["page"] = str(number)
        return self.request.build_absolute_uri(f"{self.request.path}?{query.urlencode()}")

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        properties = {
            "count": {"type": "integer", "description": "总数，最多数到10000"},
            "count_is_exact": {"type": "boolean", "description": "总数是否确切"},
            "page": {"type": "integer"},
            "size": {"type": "integer"},
            "next": link,
            "previous": link,
            "results": schema,
        }
        return {"type": "object", "properties": properties, "required": list(properties)}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {"name": "page", "in": "query", "schema": NUMBER, "description": "第几页，从1开始"},
            {
                "name": "size",
                "in": "query",
                "schema": {**NUMBER, "maximum": max(tables.PAGE_SIZES), "default": tables.PAGE_SIZES[0]},
                "description": "每页条数",
            },
        ]
