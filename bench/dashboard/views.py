"""The floor's view and the peer's."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from core.quarters import Quarter
from metrics.indicators import INDICATORS
from metrics.models import Figure, IndicatorTarget
from unions.models import Union


def bare(request: HttpRequest) -> HttpResponse:
    """Nothing but an answer."""
    return HttpResponse("ok")


@login_required
def orm_page(request: HttpRequest, code: str) -> HttpResponse:
    """Cards, trend, ranking and counties of a place: all figures as objects, the template picks."""
    union = get_object_or_404(Union.objects.visible_to(request.user), code=code)
    newest = Figure.objects.visible_to(request.user).filter(union=union).order_by("-quarter").first()
    assert newest is not None
    quarter = Quarter.parse(newest.quarter)
    quarters = [str(one) for one in quarter.last(8)]
    figures = Figure.objects.visible_to(request.user).filter(quarter__in=quarters, group_value="")
    context = {
        "union": union,
        "quarter": str(quarter),
        "chosen": INDICATORS[0],
        "figures": list(figures.select_related("union", "county")),
        "cards": [_card(union, quarter, one.code) for one in INDICATORS],
    }
    return render(request, "bench/orm_page.html", context)


def _card(union: Union, quarter: Quarter, code: str) -> dict[str, Any]:
    figures = Figure.objects.filter(union=union, indicator=code, group_key="")
    targets = IndicatorTarget.objects.filter(union=union, indicator=code)
    indicator = next(one for one in INDICATORS if one.code == code)
    return {
        "indicator": indicator,
        "figure": figures.filter(quarter=str(quarter)).first(),
        "before": figures.filter(quarter=str(quarter.shift(-1))).first(),
        "target": targets.order_by("-from_quarter").first(),
    }
