"""`Idempotency-Key`: a POST that a program sends again after a broken line is done once and answered the same.

The cache keeps the answer for a day. Without the cache, or without the header, a request is done as it comes.
"""

import hashlib
import json
from typing import Any

from django.core.cache import cache
from django.db import transaction
from redis import RedisError
from rest_framework import status
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from core.actions import Refused

HEADER = "Idempotency-Key"
LONGEST = 100
SECONDS = 24 * 3600
RUNNING = "running"
OTHER_BODY = "这个 Idempotency-Key 已用在内容不同的请求上。请为每个新请求换一个。"
STILL_RUNNING = "同一个 Idempotency-Key 的请求正在处理。请稍后再试。"


class DoneBefore(Exception):
    """The request was answered already; this is the answer."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__()
        self.answer = answer


class Once:
    """One key of one account at one address."""

    def __init__(self, request: Request, key: str) -> None:
        whole = f"{request.user.pk} {request.path} {key[:LONGEST]}".encode()
        self.name = f"idempotent:{hashlib.sha256(whole).hexdigest()}"
        body = JSONRenderer().render(dict(request.data))
        self.body = hashlib.sha256(body).hexdigest()

    def begin(self) -> None:
        """Claim the key. Raises DoneBefore for a repetition, Refused for a key of something else."""
        if cache.add(self.name, {"state": RUNNING, "body": self.body}, SECONDS):
            return
        known = cache.get(self.name) or {}
        if known.get("body") != self.body:
            raise Refused(OTHER_BODY)
        if known.get("state") == RUNNING:
            raise Refused(STILL_RUNNING)
        raise DoneBefore(known)

    def keep(self, response: Response) -> None:
        """Remember what was done once it is certain; what was refused may be tried again."""
        if not status.is_success(response.status_code):
            cache.delete(self.name)
            return
        data = JSONRenderer().render(response.data)
        kept = {"state": "done", "body": self.body, "status": response.status_code, "data": data}
        transaction.on_commit(lambda: cache.set(self.name, kept, SECONDS))


class OnceMixin:
    """For view sets: POST with the header is done once."""

    _once: Once | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        key = request.headers.get(HEADER, "")
        if request.method != "POST" or not key:
            return
        once = Once(request, key)
        try:
            once.begin()
        except RedisError:
            return
        self._once = once

    def handle_exception(self, error: Exception) -> Response:
        if isinstance(error, DoneBefore):
            return Repeated(error.answer)
        return super().handle_exception(error)  # type: ignore[misc, no-any-return]

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        final = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc]
        if self._once is not None:
            self._forgiving_keep(final)
        return final

    def _forgiving_keep(self, response: Response) -> None:
        assert self._once is not None
        try:
            self._once.keep(response)
        except RedisError:
            return


class Repeated(Response):
    """The answer of the first time."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__(json.loads(answer["data"]), status=answer["status"])
        self["Idempotency-Replayed"] = "true"
