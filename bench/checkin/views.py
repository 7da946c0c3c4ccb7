"""The floor's view and the peer's."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from bench.models import Meal


def bare(request: HttpRequest) -> HttpResponse:
    """One row, nothing else."""
    now = timezone.now()
    Meal._default_manager.create(worker=int(request.POST["worker"]), shop=1, day=now.date(), at=now)
    # Else the server would send it in chunks.
    return HttpResponse("ok", headers={"Content-Length": "2"})


def usual(request: HttpRequest) -> HttpResponse:
    """What most projects do: ask, then insert."""
    now, worker = timezone.now(), int(request.POST["worker"])
    if Meal._default_manager.filter(worker=worker, day=now.date()).exists():
        return HttpResponse("eaten", status=409)
    Meal._default_manager.create(worker=worker, shop=1, day=now.date(), at=now)
    return HttpResponse("ok")
