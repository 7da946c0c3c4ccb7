"""The pages of the subsidy and of funding targets."""

from typing import Any

from django.db.models import Count, Sum
from django.urls import reverse
from django.utils import timezone

from core import tables
from core.money import wan_text
from core.rights import Right
from core.screens import Related, Screen, Verb
from funding import actions
from funding import subsidy_forms as forms
from funding import subsidy_resources as resources
from funding.models import SubsidyEntry, SubsidyGrant
from funding.subsidies import why_not_set_standards
from funding.subsidy_filters import (
    EntryFilter,
    GrantFilter,
    StandardFilter,
    TargetFilter,
    TierFilter,
)

BY_YEAR = ("-year", "union__code", "pk")

TIER_SCREEN = Screen(
    resource=resources.COUNTY_TIERS,
    filterset=TierFilter,
    right=Right.GRANT,
    noun="的对口联系层级",
    form=forms.TierForm,
    create=actions.set_tier,
    change=actions.change_tier,
    archive=actions.archive_tier,
    create_label="登记对口层级",
    empty="每个县每年登记一个对口层级，它决定补助标准。可以逐县登记，也可以从表格导入。",
    order=BY_YEAR,
    list_template="funding/subsidies.html",
)
STANDARD_SCREEN = Screen(
    resource=resources.SUBSIDY_STANDARDS,
    filterset=StandardFilter,
    right=Right.GRANT,
    noun="的补助标准",
    form=forms.StandardForm,
    change_form=forms.StandardChangeForm,
    create=actions.set_standard,
    change=actions.change_standard,
    archive=actions.archive_standard,
    create_label="制定补助标准",
    may_create=lambda account: not why_not_set_standards(account),
    empty="补助标准由省级工会制定，这里只有省级工会看得到。县里看各年下达的金额。",
    order=("tier", "-valid_from", "pk"),
    list_template="funding/subsidies.html",
)


def _entries(row: SubsidyGrant, account: Any) -> Any:
    return SubsidyEntry.objects.visible_to(account).active().filter(grant=row).select_related("evidence")


def _has_entries(row: SubsidyGrant) -> bool:
    return bool(getattr(row, "received", 0) or getattr(row, "spent", 0))


def _grant_facts(row: SubsidyGrant, account: Any) -> list[dict[str, Any]]:
    """What lies too long stands out."""
    badges = {"超期未支出（元）": "warn"} if getattr(row, "overdue", None) else {}
    shown = tables.facts(resources.SUBSIDY_GRANTS, row, badges=badges)
    return [fact for fact in shown if fact["label"] != "工会"]


def _totals(account: Any) -> dict[str, Any]:
    """This year's grants above the list, each number opening its rows."""
    year = timezone.localdate().year
    grants = SubsidyGrant.objects.visible_to(account).active().with_money(timezone.localdate())
    years = grants.order_by("-year").values_list("year", flat=True).distinct()[:1]
    shown = next(iter(years), year)
    of_year = grants.filter(year=shown)
    sums = of_year.aggregate(
        counties=Count("pk"), granted=Sum("amount"), came=Sum("received"), used=Sum("spent")
    )
    overdue = grants.filter(overdue__gt=0).aggregate(counties=Count("pk"), amount=Sum("overdue"))
    url = f"{reverse('subsidy_grants-list')}?year={shown}"
    return {
        "facts": [
            {
                "label": f"{shown}年已下达",
                "value": f"{sums['counties']} 个县 {wan_text(sums['granted'])}",
                "url": url,
            },
            {"label": "已到账", "value": wan_text(sums["came"])},
            {"label": "已支出", "value": wan_text(sums["used"])},
            {
                "label": "超期未支出（各年度）",
                "value": f"{overdue['counties']} 个县 {wan_text(overdue['amount'])}",
                "url": f"{reverse('subsidy_grants-list')}?state=overdue",
            },
        ],
        "can_run": account.can(Right.GRANT),
    }


GRANT_SCREEN = Screen(
    resource=resources.SUBSIDY_GRANTS,
    filterset=GrantFilter,
    right=Right.GRANT,
    noun="的县级工会补助",
    archive=actions.archive_grant,
    empty="还没有下达补助。先登记各县的对口层级和补助标准，再按年度下达。",
    order=BY_YEAR,
    facts=_grant_facts,
    list_template="funding/grants.html",
    list_context=_totals,
    verbs=(
        Verb(
            "entry",
            "登记收支",
            actions.record_entry,
            Right.EDIT_FUNDING,
            form=forms.EntryForm,
            icon="coin",
            note="到账合计不超过补助金额，支出合计不超过到账。",
        ),
        Verb(
            "archive-entry",
            "归档收支",
            actions.archive_entry,
            Right.EDIT_FUNDING,
            form=forms.ArchiveEntryForm,
            needs_reason=True,
            applies=_has_entries,
        ),
    ),
    related=(
        Related(
            "收支",
            ("收支", "金额（元）", "日期", "用途", "凭证号", "凭证文件"),
            _entries,
            lambda row: (
                row.get_stage_display(),
                row.amount,
                row.occurred_on,
                row.purpose,
                row.document_no,
                row.evidence,
            ),
            "还没有到账或支出。到账后由县里登记。",
            url=lambda row: reverse("evidence", args=[row.evidence.uuid]) if row.evidence else "",
            verb="entry",
            numeric=frozenset({"金额（元）"}),
        ),
    ),
)
ENTRY_SCREEN = Screen(
    resource=resources.SUBSIDY_ENTRIES,
    filterset=EntryFilter,
    right=Right.EDIT_FUNDING,
    noun="的补助收支",
    empty="到账和支出在各笔补助的页面登记，也可以从表格导入。",
    order=("-occurred_on", "-pk"),
    list_template="funding/subsidies.html",
)
TARGET_SCREEN = Screen(
    resource=resources.FUNDING_TARGETS,
    filterset=TargetFilter,
    right=Right.EDIT_FUNDING,
    noun="的资金目标",
    form=forms.TargetForm,
    create=actions.set_funding_target,
    change=actions.change_funding_target,
    archive=actions.archive_funding_target,
    create_label="登记资金目标",
    empty="登记今年要筹多少钱，完成额由到位的资金得出。可以逐条登记，也可以从表格导入。",
    order=("-year", "union__code", "kind", "pk"),
)
SCREENS = (TIER_SCREEN, STANDARD_SCREEN, GRANT_SCREEN, ENTRY_SCREEN, TARGET_SCREEN)
