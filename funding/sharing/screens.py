"""The pages of cost-sharing rules: who bears how much of a meal, and of a thousand meals."""

from typing import Any

from django.urls import reverse

from core import tables
from core.rights import Right
from core.screens import Related, Screen
from funding import actions
from funding.models import CostShare, CostShareRule, FundingSource
from funding.settling.splitting import per_meal, split_month
from funding.sharing.filters import RuleFilter
from funding.sharing.forms import RuleForm
from funding.sharing.resources import COST_SHARE_RULES

SAMPLE = 1_000


def _facts(row: CostShareRule, account: Any) -> list[dict[str, Any]]:
    links = {"服务项目": reverse("programmes-detail", args=[row.programme_id])}
    return tables.facts(COST_SHARE_RULES, row, links=links)


def _shares(row: CostShareRule, account: Any) -> Any:
    return (
        CostShare.objects.visible_to(account)
        .filter(rule=row)
        .select_related("source", "rule")
        .prefetch_related("source__joint_members__member")
    )


def _cells(share: CostShare) -> tuple[Any, ...]:
    """A payer's part of one meal and of a thousand, rounded as a month is."""
    rule = share.rule
    parts, place = rule.parts, share.position - 1
    one = float(per_meal(rule.face_value, parts)[place])
    many = split_month([SAMPLE], rule.face_value, parts)[0][place]
    how = "按元" if share.weight is None else f"比例 {share.weight.normalize():f}"
    return (
        share.name,
        "由工会付给门店" if share.is_public else "不经工会",
        how,
        f"{one:.2f}" if share.weight is None else f"约 {one:.4f}",
        many,
        _joint(share.source),
    )


def _joint(source: FundingSource | None) -> str:
    """Who pays a joint part together."""
    members = "、".join(part.member.name for part in source.joint_members.all()) if source else ""
    return f"{members}合出，各出多少没有公布" if members else ""


RULE_SCREEN = Screen(
    resource=COST_SHARE_RULES,
    filterset=RuleFilter,
    right=Right.EDIT_FUNDING,
    noun="的费用分担",
    form=RuleForm,
    create=actions.create_rule,
    change=actions.change_rule,
    archive=actions.archive_rule,
    create_label="登记费用分担",
    empty="这里列出每份早餐的钱由谁出多少。登记后才能按月结算。",
    order=("-valid_from", "-pk"),
    facts=_facts,
    related=(
        Related(
            "各方承担",
            ("承担方", "付款", "办法", "每份（元）", f"{SAMPLE:,}份合计（元）", "说明"),
            _shares,
            _cells,
            "还没有写明各方。",
            numeric=frozenset({"每份（元）", f"{SAMPLE:,}份合计（元）"}),
        ),
    ),
)
