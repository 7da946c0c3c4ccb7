"""Figures that contradict each other, computations that failed, accounts and jobs."""

from django.db.models import Count, F
from django.urls import reverse

from core.models import Finding, Job
from metrics.duties.base import Item, item
from metrics.models import ComputationRun, Figure, IndicatorTarget
from unions.models import Account

PLACES = 5


def findings(account: Account) -> list[Item]:
    opened = Finding.objects.visible_to(account).filter(state=Finding.State.OPEN)
    places = opened.order_by().values_list("county_id", "county__name").annotate(number=Count("pk"))
    by_place = sorted(places, key=lambda place: (-place[2], place[0]))
    text = "数字之间对不上的地方。系统不改数字，请说明原因或到源头更正。"
    url = reverse("findings-list")
    items = item(sum(number for *_, number in by_place), "个待核事项", text, url, "去处理")
    if len(by_place) > 1:
        items += [
            item for code, name, number in by_place[:PLACES] for item in _findings_of(code, name, number, url)
        ]
    return items


def _findings_of(code: int, name: str, number: int, url: str) -> list[Item]:
    """The share of one place, for whoever looks after several."""
    return item(number, f"个在{name}", "打开这个县的待核事项。", f"{url}?county={code}", "看名单", "muted")


def review(account: Account) -> list[Item]:
    impossible = Figure.objects.visible_to(account).filter(numerator__gt=F("denominator")).count()
    failed = ComputationRun.objects.visible_to(account).filter(state=ComputationRun.State.FAILED).count()
    has_targets = IndicatorTarget.objects.exists()
    items = [
        *item(
            impossible,
            "个指标数值分子大于分母",
            "请逐个打开，看多出来的是哪些行。",
            reverse("findings-list"),
            "去核对",
        ),
        *item(failed, "次指标计算没有完成", "可以重新计算。", reverse("runs-list"), "看原因", "bad"),
    ]
    if not has_targets:
        items += item(
            1,
            "项设置：还没有目标值",
            "有了目标值，看板才能显示差距。",
            reverse("targets-list"),
            "去设定",
            "info",
        )
    return items


def operations(account: Account) -> list[Item]:
    failed = Job.objects.visible_to(account).filter(state=Job.State.FAILED).count()
    inactive = Account.objects.visible_to(account).filter(is_active=False).count()
    admin = reverse("admin:index")
    return [
        *item(
            failed,
            "个后台任务没有完成",
            "打开可以看到原因。",
            f"{admin}core/job/?state=failed",
            "查看",
            "bad",
        ),
        *item(
            inactive,
            "个账号已停用",
            "不再使用的账号。",
            f"{admin}unions/account/?is_active__exact=0",
            "查看",
            "muted",
        ),
    ]
