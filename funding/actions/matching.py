"""What a grant asks of the project itself: matching money in a fixed share."""

from decimal import Decimal

from django.utils import timezone

from cases.models import Project
from core.actions import Refused, action, change, save_new
from core.rights import Right
from funding.models import FundingSource, MatchRequirement
from unions.models import Account


@action("funding.require_match", label="登记配套要求", right=Right.EDIT_FUNDING)
def require_match(
    *,
    by: Account,
    project: Project,
    percent: Decimal,
    basis: str,
    source: FundingSource | None = None,
) -> MatchRequirement:
    """`percent` of what the source gives (of everything, without a source) must be added as matching money."""
    if project.is_archived:
        raise Refused(f"“{project}”已归档，不能再登记配套要求。")
    if source is not None and source.county_id != project.county_id:
        raise Refused("要求配套的来源不在这个项目所在的县。", field="source")
    required = MatchRequirement(
        union_id=project.union_id,
        county_id=project.county_id,
        project=project,
        source=source,
        percent=percent,
        basis=basis.strip(),
    )
    save_new(required)
    return required


@action("funding.drop_match", label="取消配套要求", right=Right.EDIT_FUNDING, target="row")
def drop_match(*, by: Account, row: Project, requirement: MatchRequirement) -> Project:
    if requirement.project_id != row.pk or requirement.is_archived:
        raise Refused("这条配套要求已取消，请刷新页面。", field="requirement")
    change(requirement, archived_at=timezone.now())
    return row
