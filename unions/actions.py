"""What can be done to unions, employers and accounts."""

from datetime import date
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.utils import timezone

from core import tokens
from core.actions import Refused, action, change, restore, save_new
from core.checks import Problem, credit_code
from core.pinyin import sort_key
from core.rights import Right, Role
from unions.coding import next_codes
from unions.models import (
    Account,
    DemocraticSystem,
    Employer,
    EmployerHeadcount,
    LegalPersonRegistration,
    Union,
    UnionHeadcount,
    UnionLevel,
    UnionTerm,
    UnitCoverage,
)

GRASSROOTS_CLASSES = frozenset({"81", "89"})


def _checked_credit_code(text: str | None, classes: frozenset[str] = frozenset()) -> str | None:
    try:
        return credit_code(text, classes=classes)
    except Problem as problem:
        raise Refused(f"{problem.reason}。{problem.remedy}。", field="credit_code") from problem


# --- unions


@action("unions.create_union", label="新建工会", right=Right.EDIT_UNIONS)
def create_union(
    *,
    by: Account,
    parent: Union,
    name: str,
    level: str = UnionLevel.GRASSROOTS,
    kind: str,
    credit_code: str | None = None,
    founded_on: date | None = None,
) -> Union:
    """A union below county level; its code is the county's with the next serial number."""
    if level not in (UnionLevel.TOWNSHIP, UnionLevel.GRASSROOTS):
        raise Refused("县级以上工会由系统管理员按行政区划建立。", field="level")
    union = Union(
        code=next(next_codes(parent.county_id)),
        name=name,
        name_sort=sort_key(name),
        parent=parent,
        parent_path=parent.path,
        county_id=parent.county_id,
        level=level,
        kind=kind,
        line=parent.line,
        credit_code=_checked_credit_code(credit_code, GRASSROOTS_CLASSES),
        founded_on=founded_on,
    )
    union.full_clean(exclude=["path"])
    union.save(force_insert=True)
    return union


@action("unions.change_union", label="修改工会", right=Right.EDIT_UNIONS, target="row")
def change_union(*, by: Account, row: Union, **values: Any) -> Union:
    if "name" in values:
        values["name_sort"] = sort_key(values["name"])
    if "credit_code" in values and not row.is_area:
        values["credit_code"] = _checked_credit_code(values["credit_code"], GRASSROOTS_CLASSES)
    parent = values.pop("parent", None)
    if parent is not None and parent.pk != row.parent_id:
        values |= _new_place(row, parent)
    values.pop("level", None)
    change(row, **values)
    return row


def _new_place(row: Union, parent: Union) -> dict[str, Any]:
    if parent.county_id != row.county_id or row.is_area:
        raise Refused("只能在本县范围内调整上级工会。", field="parent")
    if str(parent.path).startswith(str(row.path)):
        raise Refused("上级工会不能是它自己或它的下级。", field="parent")
    return {"parent": parent, "parent_path": parent.path}


def _some(names: Any) -> str:
    """The first few names and how many there are; empty where there is none."""
    count = names.count()
    first = "、".join(names[:3])
    return f"{first}等 {count} 个" if count > 3 else first


@action("unions.archive_union", label="归档工会", right=Right.EDIT_UNIONS, target="row")
def archive_union(*, by: Account, row: Union) -> Union:
    below = Union.objects.filter(parent=row, archived_at__isnull=True).order_by("path")
    if named := _some(below.values_list("name", flat=True)):
        raise Refused(f"还有下级工会：{named}。请先调整或归档下级工会。")
    if row.is_area:
        raise Refused("县级以上工会不能归档。")
    covered = UnitCoverage.objects.filter(union=row, valid_to__isnull=True).order_by("employer__name_sort")
    if named := _some(covered.values_list("employer__name", flat=True)):
        raise Refused(f"还覆盖着用人单位：{named}。请先在单位的页面“终止工会覆盖”。")
    today = timezone.localdate()
    change(row, archived_at=timezone.now(), dissolved_on=row.dissolved_on or today)
    return row


@action("unions.restore_union", label="恢复工会", right=Right.EDIT_UNIONS, target="row")
def restore_union(*, by: Account, row: Union) -> Union:
    if row.parent is not None and row.parent.is_archived:
        raise Refused(f"上级工会“{row.parent}”已归档。请先恢复上级工会。")
    restore(row, dissolved_on=None)
    return row


@action("unions.register_legal_person", label="登记法人证书", right=Right.EDIT_UNIONS)
def register_legal_person(
    *, by: Account, union: Union, certificate_no: str, issued_on: date, expires_on: date | None = None
) -> LegalPersonRegistration:
    registration = LegalPersonRegistration(
        **union.stamp(), certificate_no=certificate_no, issued_on=issued_on, expires_on=expires_on
    )
    save_new(registration)
    return registration


@action("unions.start_term", label="登记届期", right=Right.EDIT_UNIONS)
def start_term(*, by: Account, union: Union, started_on: date, ends_on: date) -> UnionTerm:
    term = UnionTerm(**union.stamp(), started_on=started_on, ends_on=ends_on)
    save_new(term)
    return term


@action("unions.report_members", label="上报会员数", right=Right.EDIT_UNIONS)
def report_members(*, by: Account, union: Union, counted_on: date, members: int) -> UnionHeadcount:
    """The union's own count of its members; it holds until the next count."""
    counts = UnionHeadcount.objects.filter(union=union)
    previous = counts.filter(counted_on__lt=counted_on).order_by("-counted_on").first()
    following = counts.filter(counted_on__gt=counted_on).order_by("counted_on").first()
    if previous is not None:
        change(previous, until=counted_on)
    count = UnionHeadcount(
        **union.stamp(),
        counted_on=counted_on,
        until=following.counted_on if following else None,
        members=members,
    )
    save_new(count)
    return count


# --- employers


@action("unions.create_employer", label="新建用人单位", right=Right.EDIT_EMPLOYERS)
def create_employer(
    *,
    by: Account,
    union: Union,
    name: str,
    ownership: str,
    listed_on: date,
    industry_code: str = "",
    credit_code: str | None = None,
    is_legal_entity: bool = True,
    closed_on: date | None = None,
) -> Employer:
    employer = Employer(
        **union.stamp(),
        name=name,
        name_sort=sort_key(name),
        ownership=ownership,
        industry_code=industry_code,
        credit_code=_checked_credit_code(credit_code),
        is_legal_entity=is_legal_entity,
        listed_on=listed_on,
        closed_on=closed_on,
    )
    save_new(employer)
    return employer


@action("unions.change_employer", label="修改用人单位", right=Right.EDIT_EMPLOYERS, target="row")
def change_employer(*, by: Account, row: Employer, **values: Any) -> Employer:
    if "name" in values:
        values["name_sort"] = sort_key(values["name"])
    if "credit_code" in values:
        values["credit_code"] = _checked_credit_code(values["credit_code"])
    union = values.pop("union", None)
    if union is not None and union.county_id != row.county_id:
        raise Refused("用人单位的名录不能换到别的县。", field="union")
    change(row, **values, **({"union_id": union.pk} if union else {}))
    return row


@action("unions.archive_employer", label="归档用人单位", right=Right.EDIT_EMPLOYERS, target="row")
def archive_employer(*, by: Account, row: Employer) -> Employer:
    today = timezone.localdate()
    for coverage in UnitCoverage.objects.filter(employer=row, valid_to__isnull=True, valid_from__lt=today):
        change(coverage, valid_to=today)
    change(row, archived_at=timezone.now(), closed_on=row.closed_on or max(today, row.listed_on))
    return row


@action("unions.restore_employer", label="恢复用人单位", right=Right.EDIT_EMPLOYERS, target="row")
def restore_employer(*, by: Account, row: Employer) -> Employer:
    """Coverages that archiving ended stay ended: since when the employer is covered again is for the clerk to say."""
    restore(row, closed_on=None)
    return row


@action("unions.cover_employer", label="登记工会覆盖", right=Right.EDIT_EMPLOYERS)
def cover_employer(
    *, by: Account, employer: Employer, union: Union, valid_from: date, valid_to: date | None = None
) -> UnitCoverage:
    if union.county_id != employer.county_id:
        raise Refused("单位和工会不在同一个县，请选择本县的工会。", field="union")
    coverage = UnitCoverage(**union.stamp(), employer=employer, valid_from=valid_from, valid_to=valid_to)
    save_new(coverage)
    return coverage


@action("unions.end_coverage", label="终止工会覆盖", right=Right.EDIT_EMPLOYERS)
def end_coverage(*, by: Account, employer: Employer, union: Union, valid_to: date) -> UnitCoverage:
    coverage = UnitCoverage.objects.filter(employer=employer, union=union, valid_to__isnull=True).first()
    if coverage is None:
        raise Refused("这家单位现在没有由该工会覆盖。", field="union")
    change(coverage, valid_to=valid_to)
    return coverage


@action("unions.count_workers", label="登记职工数", right=Right.EDIT_EMPLOYERS)
def count_workers(
    *,
    by: Account,
    employer: Employer,
    valid_from: date,
    workers: int,
    female_workers: int | None = None,
    rural_migrants: int | None = None,
    new_employment: int | None = None,
    source: str = "",
) -> EmployerHeadcount:
    """A count of workers; it ends the one before it and holds until the next."""
    counts = EmployerHeadcount.objects.filter(employer=employer)
    previous = counts.filter(valid_from__lt=valid_from).order_by("-valid_from").first()
    following = counts.filter(valid_from__gt=valid_from).order_by("valid_from").first()
    if previous is not None:
        change(previous, valid_to=valid_from)
    count = EmployerHeadcount(
        union_id=employer.union_id,
        county_id=employer.county_id,
        employer=employer,
        valid_from=valid_from,
        valid_to=following.valid_from if following else None,
        workers=workers,
        female_workers=female_workers,
        rural_migrants=rural_migrants,
        new_employment=new_employment,
        source=source,
    )
    save_new(count)
    return count


@action("unions.set_up_system", label="登记民主管理制度", right=Right.EDIT_EMPLOYERS)
def set_up_system(
    *,
    by: Account,
    employer: Employer,
    kind: str,
    form: str,
    valid_from: date,
    last_session_on: date | None = None,
) -> DemocraticSystem:
    system = DemocraticSystem(
        union_id=employer.union_id,
        county_id=employer.county_id,
        employer=employer,
        kind=kind,
        form=form,
        valid_from=valid_from,
        last_session_on=last_session_on,
    )
    save_new(system)
    return system


@action("unions.end_system", label="终止民主管理制度", right=Right.EDIT_EMPLOYERS)
def end_system(*, by: Account, employer: Employer, kind: str, valid_to: date) -> DemocraticSystem:
    system = DemocraticSystem.objects.filter(employer=employer, kind=kind, valid_to__isnull=True).first()
    if system is None:
        raise Refused("这家单位现在没有这项制度。", field="kind")
    change(system, valid_to=valid_to)
    return system


# --- accounts


@action("accounts.sign_in", label="登录", right=None)
def sign_in(*, by: Account) -> Account:
    """Leaves the entry of a sign-in; nothing else changes."""
    return by


@action("accounts.fail_to_sign_in", label="登录失败", right=None)
def fail_to_sign_in(*, by: Account) -> Account:
    """Leaves the entry of a failed sign-in, with the address as the reason; never what was typed."""
    return by


@action("accounts.create", label="新建账号", right=Right.MANAGE_ACCOUNTS)
def create_account(
    *, by: Account, username: str, name: str, role: str, union: Union, password: str
) -> Account:
    account = Account(username=username, name=name, role=role, union=union, county_id=union.county_id)
    _require_person(account)
    validate_password(password, account)
    account.set_password(password)
    save_new(account)
    return account


@action("accounts.change", label="修改账号", right=Right.MANAGE_ACCOUNTS, target="row")
def change_account(*, by: Account, row: Account, **values: Any) -> Account:
    union = values.pop("union", None)
    if union is not None:
        values |= {"union_id": union.pk, "county_id": union.county_id}
    if row.pk == by.pk and values.get("is_active") is False:
        raise Refused("不能停用自己的账号。", field="is_active")
    if Role.SHOP in (row.role, values.get("role")) and values.get("role", row.role) != row.role:
        raise Refused("门店账号由系统在配对门店手机时建立，角色不能改。", field="role")
    change(row, **values)
    return row


def _require_person(account: Account) -> None:
    """A shop's account belongs to its phones: nobody gets a password for it."""
    if account.is_shop:
        raise Refused("门店账号由系统在配对门店手机时建立，不能登录。", field="role")


@action("accounts.set_password", label="重设密码", right=Right.MANAGE_ACCOUNTS, target="row")
def set_password(*, by: Account, row: Account, password: str) -> Account:
    _require_person(row)
    validate_password(password, row)
    row.set_password(password)
    row.version += 1
    row.save(update_fields=["password", "version"])
    tokens.revoke(row)
    return row


@action("accounts.change_own_password", label="修改密码", right=None)
def change_own_password(*, by: Account, password: str) -> Account:
    validate_password(password, by)
    by.set_password(password)
    by.version += 1
    by.save(update_fields=["password", "version"])
    tokens.revoke(by)
    return by


@action("accounts.create_token", label="生成接口令牌", right=None)
def create_token(*, by: Account) -> str:
    """A token for programs that act as this account; it is shown once, and the former one ends."""
    return tokens.issue(by)


@action("accounts.revoke_token", label="停用接口令牌", right=None)
def revoke_token(*, by: Account) -> None:
    if not tokens.revoke(by):
        raise Refused("没有可停用的令牌。")
