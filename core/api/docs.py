"""The interface's page for people, made from the schema."""

import json
import re
from functools import cache
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import View
from drf_spectacular.generators import SchemaGenerator

METHODS = {"get": "读取", "post": "登记", "patch": "修改"}


class ApiDocsView(LoginRequiredMixin, View):
    """Addresses, parameters and fields with an example of each."""

    def get(self, request: HttpRequest) -> HttpResponse:
        account: Any = request.user
        context = {
            "sections": sections(),
            "host": request.build_absolute_uri("/").rstrip("/"),
            "crumbs": [{"label": str(account.union), "url": "/"}, {"label": "接口说明", "url": ""}],
        }
        return render(request, "api/docs.html", context)


@cache
def sections() -> list[dict[str, Any]]:
    """One section a resource; the schema does not change while the portal runs."""
    generator: Any = SchemaGenerator
    schema = generator().get_schema(request=None, public=True)
    found: dict[str, list[dict[str, Any]]] = {}
    for address, operations in schema["paths"].items():
        slug = address.removeprefix("/api/v1/").split("/", 1)[0]
        for method, operation in operations.items():
            found.setdefault(slug, []).append(_operation(schema, address, method, operation))
    return [
        {"slug": slug, "label": operations[0]["summary"].removesuffix("名单"), "operations": operations}
        for slug, operations in found.items()
    ]


def _operation(
    schema: dict[str, Any], address: str, method: str, operation: dict[str, Any]
) -> dict[str, Any]:
    accepted = _content(schema, operation.get("requestBody", {}))
    successes = [one for code, one in operation["responses"].items() if code.startswith("2")]
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "address": address,
        "summary": operation.get("summary", METHODS.get(method, "")),
        "description": operation.get("description", ""),
        "parameters": [_parameter(one) for one in operation.get("parameters", ()) if one["in"] == "query"],
        "accepts": _fields(schema, accepted),
        "returns": _fields(schema, _rows(schema, _content(schema, successes[0]))),
        "example": json.dumps(_example(accepted), ensure_ascii=False),
    }


def _content(schema: dict[str, Any], holder: dict[str, Any]) -> dict[str, Any]:
    content = holder.get("content", {}).get("application/json", {}).get("schema", {})
    return _resolved(schema, content)


def _resolved(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    name = part.get("$ref", "").rsplit("/", 1)[-1]
    return schema["components"]["schemas"][name] if name else part


def _rows(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """A page or a list of rows is described by its rows."""
    if "items" in part:
        return _resolved(schema, part["items"])
    results = part.get("properties", {}).get("results")
    return _resolved(schema, results["items"]) if results else part


def _parameter(one: dict[str, Any]) -> dict[str, Any]:
    described = one["schema"]
    label, values = _words(one.get("description", "")), _values(described, one.get("description", ""))
    return {"name": one["name"], "label": label, "kind": _kind(described), "values": values}


def _fields(schema: dict[str, Any], part: dict[str, Any], above: str = "") -> list[dict[str, Any]]:
    """The fields of an object, and below each that is an object itself its own: `money.promised`."""
    required, found = part.get("required", ()), []
    for name, described in part.get("properties", {}).items():
        inner = _inner(schema, described)
        found.append(
            {
                "name": f"{above}{name}",
                "label": described.get("title", ""),
                "note": _words(described.get("description", "")),
                "kind": _kind_of_objects(described) if inner else _kind(described),
                "values": _values(described),
                "required": name in required,
            }
        )
        found += _fields(schema, inner, f"{above}{name}.")
    return found


def _inner(schema: dict[str, Any], described: dict[str, Any]) -> dict[str, Any]:
    """The object, or the objects of the list, that a field holds; empty for a plain value."""
    held = described.get("items", described)
    whole = held.get("allOf", [held])[0]
    found = _resolved(schema, whole)
    return found if "properties" in found else {}


def _words(description: str) -> str:
    """A description without the list of values, which has a column of its own."""
    return description.split("* `", 1)[0].strip()


_KINDS = {
    "integer": "整数",
    "boolean": "是否",
    "array": "一组值",
    "object": "对象",
    "date": "日期",
    "date-time": "时间",
    "decimal": "小数",
}


def _kind(described: dict[str, Any]) -> str:
    return _KINDS.get(described.get("format", ""), _KINDS.get(described.get("type", ""), "文字"))


def _kind_of_objects(described: dict[str, Any]) -> str:
    return "一组对象" if "items" in described else "对象"


_WORDS = re.compile(r"^\* `(.+?)` - (.+)$", re.MULTILINE)


def _values(described: dict[str, Any], note: str = "") -> str:
    """Codes with their words, which the schema keeps in the description."""
    words = dict(_WORDS.findall(note or described.get("description", "")))
    codes = [str(value) for value in described.get("enum", ()) if value not in ("", None)]
    return "、".join(f"{code} {words[code]}" if code in words else code for code in codes)


_SAMPLES = {"整数": 1, "是否": True, "日期": "2023-03-01", "小数": "1.00", "一组值": [], "对象": {}}


def _example(accepted: dict[str, Any]) -> dict[str, Any]:
    """What must be sent, with made-up values."""
    return {
        name: next(iter(described.get("enum", ())), _SAMPLES.get(_kind(described), "…"))
        for name, described in accepted.get("properties", {}).items()
        if name in accepted.get("required", ())
    }
