"""What can be done to sources, joint ones too: found by their name or registered, named, put away."""

from typing import Any

from django.utils import timezone

from cases.models import Programme, Project
from core import checks
from core.actions import Refused, action, change, restore, save_new
from core.rights import Right
from funding.models import FundingLine, FundingSource, MatchRequirement, SourceMember
from funding.naming import called, keys_of
from unions.models import Account, Union


def _source_name(name: str) -> str:
    cleaned = checks.written(name)
    if not cleaned:
        raise Refused("请填写资金来源。", field="source")
    return cleaned


@action("funding.create_source", label="新建资金来源", right=Right.EDIT_FUNDING)
def create_source(*, by: Account, union: Union, name: str, kind: str) -> FundingSource:
    source = FundingSource(**union.stamp(), name=_source_name(name), kind=kind)
    _require_new_name(source, by)
    save_new(source)
    return source


def _require_new_name(source: FundingSource, by: Account) -> None:
    """The database refuses as well; here at its field. The very same name has a sentence of its own."""
    others = FundingSource.objects.visible_to(by).filter(union=source.union_id).exclude(pk=source.pk)
    known = called(others.exclude(name=source.name), source.name).first()
    if known is not None:
        way_on = "已归档，请先恢复它" if known.is_archived else "请直接使用它"
        raise Refused(
            f"本工会已登记过资金来源“{known}”，{way_on}。名称只差括号、空格或标点的算同一个来源；确是另一家的，请写不同的名称。",
            field="name",
        )


@action("funding.change_source", label="修改资金来源", right=Right.EDIT_FUNDING, target="row")
def change_source(*, by: Account, row: FundingSource, **values: Any) -> FundingSource:
    if "name" in values:
        values["name"] = _source_name(values["name"])
        if keys_of([values["name"]])[values["name"]] != row.name_key:
            _require_new_name(FundingSource(pk=row.pk, union_id=row.union_id, name=values["name"]), by)
    values.pop("union", None)
    change(row, **values)
    return row


@action("funding.archive_source", label="归档资金来源", right=Right.EDIT_FUNDING, target="row")
def archive_source(*, by: Account, row: FundingSource) -> FundingSource:
    if FundingLine.objects.active().filter(source=row).exists():
        raise Refused("这个来源还有资金明细，请先归档明细。")
    if _current(joint=row).exists() or _current(member=row).exists():
        raise Refused("这个来源还与共同出资有关，请先移除共同出资方。")
    if MatchRequirement.objects.active().filter(source=row).exists():
        raise Refused("这个来源还有配套要求，请先取消配套要求。")
    change(row, archived_at=timezone.now())
    return row


@action("funding.restore_source", label="恢复资金来源", right=Right.EDIT_FUNDING, target="row")
def restore_source(*, by: Account, row: FundingSource) -> FundingSource:
    restore(row)
    return row


def source_named(
    given: FundingSource | str, kind: str, subject: Project | Programme | FundingSource, by: Account
) -> FundingSource:
    """The source of that name in the subject's county; one that is new needs its kind, known ones keep theirs."""
    if isinstance(given, FundingSource):
        return _of_kind(given, kind)
    name = _source_name(given)
    own = FundingSource.objects.visible_to(by).filter(county_id=subject.county_id)
    found = called(own, name).select_for_update().first()
    if found is None:
        return _new_source(name, kind, subject)
    _of_kind(found, kind)
    if found.is_archived:
        change(found, archived_at=None)
    return found


def _of_kind(source: FundingSource, kind: str) -> FundingSource:
    if kind and kind != source.kind:
        raise Refused(
            f"“{source}”登记的类别是“{source.get_kind_display()}”，请改为登记的类别，或先在资金来源页面更正。",
            field="source_kind",
        )
    return source


def _new_source(name: str, kind: str, subject: Project | Programme | FundingSource) -> FundingSource:
    if not kind:
        raise Refused(f"“{name}”是第一次登记的来源，请选择它的类别。", field="source_kind")
    source = FundingSource(union_id=subject.union_id, county_id=subject.county_id, name=name, kind=kind)
    save_new(source)
    return source


def _current(**where: Any) -> Any:
    return SourceMember.objects.filter(archived_at__isnull=True, **where)


@action("funding.add_member", label="登记共同出资方", right=Right.EDIT_FUNDING, target="row")
def add_member(
    *, by: Account, row: FundingSource, source: FundingSource | str, source_kind: str = ""
) -> SourceMember:
    """Name one of the payers of a joint source; its money is never split by guess."""
    member = source_named(source, source_kind, row, by)
    if member.county_id != row.county_id:
        raise Refused("共同出资方要先在本县登记为资金来源。", field="source")
    if member.pk == row.pk:
        raise Refused("共同出资方不能是这个来源自己。", field="source")
    if _current(joint=member).exists():
        raise Refused(f"“{member}”本身是共同来源，请填写其中的一方。", field="source")
    if _current(member=row).exists():
        raise Refused(f"“{row}”已是别的共同来源中的一方，自己不能再分。", field="source")
    joined = SourceMember(union_id=row.union_id, county_id=row.county_id, joint=row, member=member)
    save_new(joined)
    return joined


@action("funding.remove_member", label="移除共同出资方", right=Right.EDIT_FUNDING, target="row")
def remove_member(*, by: Account, row: FundingSource, member: SourceMember) -> FundingSource:
    if member.joint_id != row.pk or member.is_archived:
        raise Refused("这一方已不在共同出资之列，请刷新页面。", field="member")
    change(member, archived_at=timezone.now())
    return row
