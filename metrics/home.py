"""The first page: for each account, what waits for it and where its work usually begins."""

from collections.abc import Callable
from typing import Any

from django.db.models import Count, F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from core.imports.pages import UNSETTLED
from core.models import AuditEvent, Finding, ImportBatch, Job
from core.quarters import Quarter
from core.requests import AccountView
from core.rights import Right
from members.models import Membership, MembershipState, TransferState
from members.resources import OUTWARD, transfer_rows
from metrics.models import ComputationRun, Figure, IndicatorTarget
from unions.models import Account, Employer, LegalPersonRegistration, Union
from unions.resources import employer_rows

LATEST = 8
PLACES = 5
LISTED_UP_TO = 1_000
Item = dict[str, Any]


def _item(count: int, title: str, text: str, url: str, action: str, tone: str = "warn") -> list[Item]:
    """One entry of the work list, or none when there is nothing to do."""
    if not count:
        return []
    return [{"title": f"{count:,} {title}", "text": text, "url": url, "action": action, "tone": tone}]


def _imports(account: Account) -> list[Item]:
    batches = ImportBatch.objects.visible_to(account)
    waiting = batches.filter(state=ImportBatch.State.CHECKED)
    held = list(batches.filter(UNSETTLED).values_list("pk", flat=True)[:LISTED_UP_TO])
    url = reverse("imports-list")
    held_url = f"{reverse('imports-detail', args=held)}?plan=held" if len(held) == 1 else f"{url}?held=1"
    return [
        *_item(waiting.count(), "份表格已核对，等待确认导入", "确认之前不写入任何数据。", url, "去确认"),
        *_item(
            len(held),
            "份已导入的表格还有问题行",
            "可以在网页上改正，也可以写明理由了结。",
            held_url,
            "看问题行",
        ),
    ]


def _transfers(account: Account) -> list[Item]:
    asked: Any = transfer_rows(account)
    waiting = asked.filter(state=TransferState.REQUESTED, direction=OUTWARD).count()
    url = f"{reverse('transfers-list')}?direction={OUTWARD}&state={TransferState.REQUESTED}"
    text = "别的工会申请转入我们的会员，请答复同意或不同意。"
    return _item(waiting, "份会籍转接等待答复", text, url, "去答复")


def _findings(account: Account) -> list[Item]:
    opened = Finding.objects.visible_to(account).filter(state=Finding.State.OPEN)
    places = opened.order_by().values_list("county_id", "county__name").annotate(number=Count("pk"))
    by_place = sorted(places, key=lambda place: (-place[2], place[0]))
    text = "数字之间对不上的地方。系统不改数字，请说明原因或到源头更正。"
    url = reverse("findings-list")
    items = _item(sum(number for *_, number in by_place), "个待核事项", text, url, "去处理")
    if len(by_place) > 1:
        items += [
            item for code, name, number in by_place[:PLACES] for item in _findings_of(code, name, number, url)
        ]
    return items


def _findings_of(code: int, name: str, number: int, url: str) -> list[Item]:
    """The share of one place, for whoever looks after several."""
    return _item(number, f"个在{name}", "打开这个县的待核事项。", f"{url}?county={code}", "看名单", "muted")


def _registers(account: Account) -> list[Item]:
    employers: Any = employer_rows(account).filter(archived_at__isnull=True, closed_on__isnull=True)
    uncounted = employers.filter(headcounts__isnull=True).count()
    uncovered = employers.filter(is_covered=False).count()
    unregistered = (
        Union.objects.visible_to(account)
        .active()
        .filter(level="grassroots", pk__in=_without_certificate(account))
        .count()
    )
    url = reverse("employers-list")
    return [
        *_item(uncounted, "家单位没有登记职工数", "没有职工数，入会率就没有分母。", url, "去登记"),
        *_item(
            uncovered, "家单位还没有建会", "应建会而未建会的单位。", f"{url}?covered=no", "看名单", "info"
        ),
        *_item(
            unregistered,
            "个基层工会没有法人证书",
            "法人登记率的差距在这里。",
            f"{reverse('unions-list')}?level=grassroots&certificate=no",
            "看名单",
            "info",
        ),
    ]


def _without_certificate(account: Account) -> Any:
    registered = LegalPersonRegistration.objects.visible_to(account).values("union_id")
    return Union.objects.visible_to(account).exclude(pk__in=registered).values("pk")


def _review(account: Account) -> list[Item]:
    impossible = Figure.objects.visible_to(account).filter(numerator__gt=F("denominator")).count()
    failed = ComputationRun.objects.visible_to(account).filter(state=ComputationRun.State.FAILED).count()
    has_targets = IndicatorTarget.objects.exists()
    items = [
        *_item(
            impossible,
            "个指标数值分子大于分母",
            "请逐个打开，看多出来的是哪些行。",
            reverse("findings-list"),
            "去核对",
        ),
        *_item(failed, "次指标计算没有完成", "可以重新计算。", reverse("runs-list"), "看原因", "bad"),
    ]
    if not has_targets:
        items += _item(
            1,
            "项设置：还没有目标值",
            "有了目标值，看板才能显示差距。",
            reverse("targets-list"),
            "去设定",
            "info",
        )
    return items


def _operations(account: Account) -> list[Item]:
    failed = Job.objects.visible_to(account).filter(state=Job.State.FAILED).count()
    inactive = Account.objects.visible_to(account).filter(is_active=False).count()
    admin = reverse("admin:index")
    return [
        *_item(
            failed,
            "个后台任务没有完成",
            "打开可以看到原因。",
            f"{admin}core/job/?state=failed",
            "查看",
            "bad",
        ),
        *_item(
            inactive,
            "个账号已停用",
            "不再使用的账号。",
            f"{admin}unions/account/?is_active__exact=0",
            "查看",
            "muted",
        ),
    ]


# What each right brings along, in the order of urgency.
DUTIES: tuple[tuple[Right, Callable[[Account], list[Item]]], ...] = (
    (Right.IMPORT, _imports),
    (Right.EDIT_MEMBERS, _transfers),
    (Right.EXPLAIN, _findings),
    (Right.COMPUTE, _review),
    (Right.EDIT_EMPLOYERS, _registers),
    (Right.MANAGE_ACCOUNTS, _operations),
)
BEGINNINGS: tuple[tuple[Right, str, str, str], ...] = (
    (
        Right.EDIT_MEMBERS,
        "导入会员表格",
        "imports-new",
        "现成的表格直接传上来，系统逐行核对，导入后可以撤销。",
    ),
    (Right.EDIT_MEMBERS, "登记一名会员入会", "members-new", "填身份证号，性别和出生日期自动得出。"),
    (Right.EDIT_CASES, "爱心早餐等服务项目", "programmes-list", "门店、登记职工、每天就餐。"),
    (Right.EDIT_FUNDING, "记一笔资金", "projects-list", "打开项目，记下谁出的、多少、到了哪一步。"),
    (Right.VIEW, "数据看板", "dashboard", "本级和下级的季度覆盖数字，每个数字都能点开到名单。"),
)


class HomeView(AccountView):
    """Next work first, then where work begins, then what happened lately."""

    def get(self, request: HttpRequest) -> HttpResponse:
        account = self.account
        work = [item for right, duty in DUTIES if account.can(right) for item in duty(account)]
        starts = [
            {"title": title, "text": text, "url": reverse(name)}
            for right, title, name, text in BEGINNINGS
            if account.can(right)
        ]
        context = {
            "work": work,
            "starts": starts,
            "events": _lately(account),
            "crumbs": [{"label": str(account.union), "url": ""}],
            "quarter": Quarter.of(timezone.localdate()).label,
            "counts": _counts(account),
        }
        return render(request, "home.html", context)


def _lately(account: Account) -> list[dict[str, Any]]:
    events = AuditEvent.objects.visible_to(account).exclude(verb="accounts.sign_in").select_related("by")
    return [
        {
            "at": timezone.localtime(event.at).strftime("%Y-%m-%d %H:%M"),
            "who": str(event.by),
            "what": f"{event.verb_label} {event.target_label}".strip(),
        }
        for event in events[:LATEST]
    ]


def _counts(account: Account) -> list[dict[str, Any]]:
    """The size of the account's own place, each opening its list."""
    members = Membership.objects.visible_to(account).open().filter(state=MembershipState.ACTIVE)
    unions = Union.objects.visible_to(account).active().filter(level__in=("township", "grassroots"))
    employers = Employer.objects.visible_to(account).active()
    return [
        {
            "label": "在籍会员（人）",
            "value": f"{members.count():,}",
            "url": f"{reverse('members-list')}?state=active",
        },
        {"label": "乡镇和基层工会（个）", "value": f"{unions.count():,}", "url": reverse("unions-list")},
        {"label": "用人单位（家）", "value": f"{employers.count():,}", "url": reverse("employers-list")},
    ]
