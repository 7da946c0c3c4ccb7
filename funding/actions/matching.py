"""What a grant asks of the project itself: matching money in a fixed share."""

from decimal import Decimal
from typing import Any

from django.utils import timezone

from cases.actions import held
from cases.models import Project
from core.actions import Refused, action, change, save_new
from core.rights import Right
from funding.models import FundingSource, MatchRequirement
from funding.naming import called
from unions.models import Account


@action("funding.require_match", label="登记配套要求", right=Right.EDIT_FUNDING)
def require_match(
    *,
    by: Account,
    project: Project,
    percent: Decimal,
    basis: str,
    source: FundingSource | str | None = None,
) -> MatchRequirement:
    """`percent` of what the source gives (of everything, without a source) must be added as matching money."""
    project = held(project)
    if project.is_archived:
        raise Refused(f"“{project}”已归档，不能再登记配套要求。", field="project")
    required = MatchRequirement(
        union_id=project.union_id,
        county_id=project.county_id,
        project=project,
        source=_known(source, project, by) if source else None,
        percent=percent,
        basis=basis.strip(),
    )
    save_new(required)
    return required


def _known(given: FundingSource | str, project: Project, by: Account) -> FundingSource:
    """A source that the project's county has registered."""
    sources = FundingSource.objects.visible_to(by).filter(
        county_id=project.county_id, archived_at__isnull=True
    )
    name = given if isinstance(given, str) else given.name
    known = called(sources, given) if isinstance(given, str) else sources.filter(pk=given.pk)
    found = known.first()
    if found is None:
        raise Refused(
            f"这个项目所在的县没有登记资金来源“{name}”。请照登记的名称填写，或先登记来源。", field="source"
        )
    return found


@action("funding.change_match", label="修改配套要求", right=Right.EDIT_FUNDING, target="row")
def change_match(*, by: Account, row: MatchRequirement, **values: Any) -> MatchRequirement:
    """Correct share and document. Of another project or source it is another requirement."""
    _require_current(row)
    for fixed in ("project", "source"):
        values.pop(fixed, None)
    change(row, **values)
    return row


@action("funding.drop_match", label="取消配套要求", right=Right.EDIT_FUNDING, target="row")
def drop_match(*, by: Account, row: MatchRequirement) -> MatchRequirement:
    _require_current(row)
    change(row, archived_at=timezone.now())
    return row


def _require_current(row: MatchRequirement) -> None:
    if row.is_archived:
        raise Refused("这条配套要求已取消，请刷新页面。")
