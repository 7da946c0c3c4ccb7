"""The pages of what grants ask of projects."""

from typing import Any

from django.urls import reverse

from core import tables
from core.rights import Right
from core.screens import Screen, Verb
from funding import actions, forms
from funding.match_filters import MatchFilter
from funding.match_resources import MATCH_REQUIREMENTS
from funding.models import MatchRequirement


def _facts(row: MatchRequirement, account: Any) -> list[dict[str, Any]]:
    """The project and the source can be opened; what is missing stands out."""
    links = {"建设项目": reverse("projects-detail", args=[row.project_id])}
    if row.source_id:
        links["要求配套的资金"] = reverse("funding_sources-detail", args=[row.source_id])
    badges = {"还差（元）": "warn"} if getattr(row, "shortfall", None) else {}
    return tables.facts(MATCH_REQUIREMENTS, row, links=links, badges=badges)


MATCH_SCREEN = Screen(
    resource=MATCH_REQUIREMENTS,
    filterset=MatchFilter,
    right=Right.EDIT_FUNDING,
    noun="的配套要求",
    form=forms.MatchRowForm,
    create=actions.require_match,
    change=actions.change_match,
    create_label="登记配套要求",
    empty="文件要求项目按比例自筹配套资金的，在这里或项目的页面上登记，也可以从表格导入。",
    order=("project__name_sort", "project_id", "pk"),
    facts=_facts,
    verbs=(
        Verb(
            "cancel",
            "取消配套要求",
            actions.drop_match,
            Right.EDIT_FUNDING,
            needs_reason=True,
            is_danger=True,
            note="文件作废或登记错了的才取消；比例有变化的请用“修改”。",
        ),
    ),
)
