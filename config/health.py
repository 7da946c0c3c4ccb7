"""Whether this web process can serve: for the supervisor and for load balancers."""

from django.core.cache import cache
from django.db import Error as DatabaseError
from django.db import connection
from django.http import HttpRequest, HttpResponse
from redis import RedisError


def healthz(request: HttpRequest) -> HttpResponse:
    """200 when database and cache answer, else 503 with what does not."""
    missing = [name for name, answers in (("database", _database), ("cache", _cache)) if not answers()]
    return HttpResponse(" ".join(missing) or "ok", content_type="text/plain", status=503 if missing else 200)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except DatabaseError:
        return False
    return True


def _cache() -> bool:
    try:
        cache.get("health")
    except RedisError:
        return False
    return True
