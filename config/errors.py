"""What the portal says when it failed: a page for people, the API's own form for programs."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from psycopg2.errors import QueryCanceled

FAILED = "平台出了问题，这一步没有完成，没有保存一半的内容。请过几分钟再试。"
AWAY = "数据库暂时连不上，这一步没有完成。请过一会儿再试。"
TOO_LONG = "这次查询用时太长，已停止。请缩小范围（如只看一个县、一个季度），再试一次。"


def server_error(request: HttpRequest) -> HttpResponse:
    """Called while the error is being handled; touches neither database nor session."""
    status, sentence = _told(sys.exc_info()[1])
    if request.path.startswith("/api/"):
        body = {"detail": sentence, "field": None, "errors": {"__all__": [sentence]}}
        return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})
    page = loader.get_template("500.html" if status == 500 else "503.html")
    return HttpResponse(page.render({"sentence": sentence}), status=status)


def _told(error: BaseException | None) -> tuple[int, str]:
    if isinstance(error, OperationalError) and isinstance(error.__cause__, QueryCanceled):
        return 503, TOO_LONG
    if isinstance(error, (OperationalError, InterfaceError)):
        return 503, AWAY
    return 500, FAILED
