"""Every donor of an account's scope, counted by the database: who gave money, goods, or a part of joint money."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any

from django.db import connection
from django.db.models import F, Max, Min, Q, Sum

from core import export, tables
from core.actions import action
from core.exports import notes_for
from core.rights import Right
from funding.gifts import Gift, gifts_of, value_of
from funding.models import FundingLine, FundingSource, SourceKind, SourceMember
from funding.money import STAGE_LABELS
from funding.reconciliation import PROMISE_ORDER, STAGES, Waterfall
from unions.models import Account

MOST = 1_000_000
NOTE = "各阶段不相加。只申报、只有意向的不算承诺。共同出资没有分列各方金额，实物按折价，都另列，不计入承诺。"
HEADERS = (
    "捐助方",
    "类别",
    "县",
    "项目",
    *(f"{label}（元）" for label in STAGE_LABELS.values()),
    "承诺（元）",
    "尚未到位（元）",
    "结余（元）",
    "共同出资，未分列（元）",
    "实物折价（元）",
)

_PROMISE = f"coalesce({', '.join(PROMISE_ORDER)})"
_STAGES = ", ".join(STAGES)
_SUMS = ", ".join(f"sum({stage})" for stage in STAGES)
_NOTHING = ", ".join("null::numeric" for _ in STAGES)
_DONORS = f"""
with share as (
  select donor, name, county_id, project_id, programme_id, {_PROMISE} as promised,
         greatest({_PROMISE} - coalesce(received, 0), 0) as outstanding, {_STAGES}, null::numeric as joint
  from ({{own}}) own
  union all
  select member.donor, member.name, whole.county_id, whole.project_id, whole.programme_id,
         null::numeric, null::numeric, {_NOTHING}, {_PROMISE}
  from ({{joint}}) whole join ({{members}}) member on member.joint_id = whole.source_id
)
select donor, max(name), count(distinct county_id), count(distinct (project_id, programme_id)),
       sum(promised), sum(outstanding), {_SUMS}, sum(joint), count(*) over ()
from share
group by 1 order by sum(promised) desc nulls last, sum(joint) desc nulls last, 1 limit %s offset %s
"""


@dataclass(frozen=True)
class Giver:
    """One donor: over how many counties and projects, its own money, and the money it gave jointly with others,
    of which its share is not known. `groups` is how many donors there are in all."""

    key: str
    name: str
    counties: int
    subjects: int
    money: Waterfall
    joint: Decimal | None
    groups: int


def givers(account: Any, kind: str = "", q: str = "", most: int = 50, start: int = 0) -> list[Giver]:
    """The donors of a kind and with `q` in their name, the largest promise first."""
    lines = FundingLine.objects.visible_to(account).active()
    members = SourceMember.objects.visible_to(account).filter(archived_at__isnull=True)
    parts = {
        "own": _by_source(lines.filter(_named("source__", kind, q))),
        "joint": _by_source(lines),
        "members": members.filter(_named("member__", kind, q)).values(
            "joint_id", donor=F("member__name_key"), name=F("member__name")
        ),
    }
    statements = {name: rows.order_by().query.sql_with_params() for name, rows in parts.items()}
    parameters = [value for _, values in statements.values() for value in values]
    with connection.cursor() as cursor:
        sql = _DONORS.format(**{name: statement for name, (statement, _) in statements.items()})
        cursor.execute(sql, [*parameters, most, start])
        return [_giver(row) for row in cursor.fetchall()]


@dataclass(frozen=True)
class Listed:
    """A donor as lists show it: with the source that was registered first, which says of what kind the donor is,
    and the estimated value of what it gave in kind by itself."""

    giver: Giver
    source: FundingSource
    goods_value: Decimal | None


def listed(account: Any, found: Sequence[Giver]) -> list[Listed]:
    """Donors with what stands beside their money."""
    keys = [one.key for one in found]
    sources, goods = _sources(account, keys), _gifts(account, keys)
    return [
        Listed(one, sources[one.key], value_of(goods[one.key]) if one.key in goods else None) for one in found
    ]


def page_of(account: Any, query: Any, kind: str = "", q: str = "") -> tables.Page:
    """The page of donors that an address asks for; one beyond the end is the first."""
    size, number = tables.page_size(query), tables.page_number(query)
    found = givers(account, kind, q, most=size, start=(number - 1) * size)
    if not found and number > 1:
        number, found = 1, givers(account, kind, q, most=size)
    return tables.Page(listed(account, found), number, size, found[0].groups if found else 0)


def _named(source: str, kind: str, q: str) -> Q:
    asked = {f"{source}kind": kind, f"{source}name__icontains": q.strip()}
    return Q(**{name: value for name, value in asked.items() if value})


def _by_source(lines: Any) -> Any:
    """What each source gave to each project; its sums are of money, goods only make it a row."""
    sums = {stage: Sum("amount", filter=Q(stage=stage, goods="")) for stage in STAGES}
    return lines.values("project_id", "programme_id", "source_id").annotate(
        county_id=Min("county_id"), donor=Min("source__name_key"), name=Max("source__name"), **sums
    )


def _giver(row: Sequence[Any]) -> Giver:
    key, name, counties, subjects, promised, outstanding = row[:6]
    amounts = dict(zip(STAGES, row[6:-2], strict=True))
    known = {stage: amount for stage, amount in amounts.items() if amount is not None}
    money = Waterfall(key, known, promised, None if promised is None else outstanding)
    return Giver(key, name, counties, subjects, money, row[-2], row[-1])


def _gifts(account: Any, keys: Iterable[str]) -> dict[str, list[Gift]]:
    """What each of these donors gave in kind by itself."""
    lines = FundingLine.objects.visible_to(account).active().in_kind().filter(source__name_key__in=keys)
    found: dict[str, list[Gift]] = {}
    for gift in gifts_of(lines.select_related("source").order_by("recorded_on", "pk")):
        found.setdefault(gift.newest.source.name_key, []).append(gift)
    return found


def _sources(account: Any, keys: Iterable[str]) -> dict[str, FundingSource]:
    sources = FundingSource.objects.visible_to(account).filter(name_key__in=keys)
    return {source.name_key: source for source in sources.order_by("-pk")}


@action("funding.export_donors", label="导出捐助方名单", right=Right.EXPORT)
def export_donors(*, by: Account, stream: IO[bytes], kind: str = "", q: str = "") -> int:
    """Write the donors as listed, all of them, in yuan. Returns the count."""
    found = listed(by, givers(by, kind, q, most=MOST))
    asked = [f"类别为“{SourceKind(kind).label}”" if kind else "", f"名称含“{q}”" if q else ""]
    return export.write_xlsx(
        stream,
        title="捐助方",
        headers=HEADERS,
        rows=map(_line, found),
        text_columns=(0,),
        notes=[*notes_for(by, "捐助方", filter(None, asked)), NOTE],
    )


def _line(one: Listed) -> list[Any]:
    giver, money = one.giver, one.giver.money
    return [
        giver.name,
        one.source.get_kind_display(),
        giver.counties,
        giver.subjects,
        *(money.at(stage) for stage in STAGES),
        money.promised,
        money.outstanding,
        money.left,
        giver.joint,
        one.goods_value,
    ]
