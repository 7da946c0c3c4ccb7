"""The first page: for each account, what waits for it and where its work usually begins."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEvent
from core.quarters import Quarter
from core.requests import AccountView
from core.rights import Right
from members.models import Membership, MembershipState
from metrics.duties import work_of
from unions.models import Account, Employer, Union

LATEST = 8
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
        starts = [
            {"title": title, "text": text, "url": reverse(name)}
            for right, title, name, text in BEGINNINGS
            if account.can(right)
        ]
        context = {
            "work": work_of(account),
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
