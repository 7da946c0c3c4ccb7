"""Check-ins from spreadsheets: the days a shop wrote down by hand, or the list of another system.

A row is one worker at one shop on one day. It is new or already there; an import never changes a check-in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any, ClassVar

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from cases.kinds import kinds_of
from cases.models import Enrolment, MealChannel, MealCheckIn, PartnerShop, Programme, ShopContract, ShopPause
from cases.serving import programme_hours
from cases.take_up import Span, in_service
from core import scope
from core.checks import Problem
from core.crypto import keyed_hash
from core.imports import Draft, Image, Lookup, Masked, ModelImporter
from core.imports.model import Key
from core.imports.staging import problem_json
from core.models import ImportBatch, ImportRow

_CLOCK = re.compile(r"(?:.*[ T])?(?P<hour>\d{1,2})[:：点时](?P<minute>\d{1,2})(?:[:：分].*)?")
# By worker and day together, one look into the index for each. Right after a large import the planner does not
# know yet how large the table is, so it is told not to read all of it.
_BY_INDEX, _BY_ANY = "set local enable_seqscan = off", "set local enable_seqscan = on"
_REGISTERED = """
select m.id from unnest(%s::bigint[], %s::date[]) wanted (worker, day) cross join lateral (
  select id from cases_mealcheckin where person_id = wanted.worker and served_on = wanted.day limit 1) m"""
_CLOSED = """
select programme, month from unnest(%s::bigint[], %s::date[]) asked (programme, month)
where cases_month_is_closed(programme, month)"""
# The months stand by themselves before any is asked about: else the planner asks of every row.
_HOLD_CLOSED = """
with rows as (
  select id, "values" -> 'row' ->> 'programme_id' as programme, left("values" -> 'row' ->> 'served_on', 7) as month
  from core_importrow where batch_id = %s and plan = 'new'),
months as materialized (select distinct programme, month from rows),
closed as materialized (
  select programme, month from months where cases_month_is_closed(programme::bigint, (month || '-01')::date))
update core_importrow r set plan = 'held', problems = r.problems || %s::jsonb
from rows join closed using (programme, month) where r.id = rows.id"""
_KEEP_CLOSED = """
with meals as materialized (
  select u.id, m.programme_id, date_trunc('month', m.served_on)::date as month
  from undoing u join cases_mealcheckin m on m.id = u.row_id
  where u.table_name = 'cases_mealcheckin' and u.reason = ''),
months as materialized (select distinct programme_id, month from meals),
closed as materialized (select * from months where cases_month_is_closed(programme_id, month))
update undoing u set reason = to_char(month, 'FMYYYY"年"FMMM"月的结算已批准"')
from meals join closed using (programme_id, month) where u.id = meals.id"""
CLOSED_MONTH = Problem("这个月的结算已批准，不再收就餐记录", "漏记的请在结算页面登记更正")
EATEN_ELSEWHERE = Problem("此人当天已在别的项目就餐", "一天只能一份，这一行不会导入")
Spell = dict[str, Any]
Month = tuple[int, date]


class MealsImporter(ModelImporter):
    """Check-ins found by worker and day; every row is asked who, where, and whether he was entitled."""

    keys = (("person_id", "served_on"),)
    given_by: ClassVar[dict[str, str]] = {"person_id": "id_number"}

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.today = timezone.localdate()
        self.programmes = Lookup("服务项目", self._serving(), remedy="请填写登记的全称")
        self.known: dict[int, Programme] = {}
        self.only: int | None = None
        self.shops: dict[int, Lookup] = {}
        self.serving: dict[int, list[Span]] = {}
        self.hashes: dict[str, bytes] = {}
        self.spells: dict[bytes | int, list[Spell]] = {}
        self.closed: dict[Month, bool] = {}
        self.elsewhere_too: set[int] = set()
        self.eaten_elsewhere: set[tuple[Any, ...]] = set()

    def _serving(self) -> QuerySet[Any]:
        """Visible programmes that serve meals."""
        kinds = [kind.key for kind in kinds_of("programme") if kind.serves_meals]
        return Programme.objects.visible_to(self.actor).active().filter(kind__in=kinds)

    # --- what the chunk refers to

    def prepare(self, drafts: Sequence[Draft]) -> None:
        self._prepare_programmes(drafts)
        by_programme: dict[int, set[str]] = {}
        for draft in drafts:
            programme, shop = self._programme(draft), draft.cells.get("shop")
            if programme is not None and shop:
                by_programme.setdefault(programme.pk, set()).add(shop)
        for number, names in by_programme.items():
            self._shops_of(number).prepare(names)
        self._prepare_spells(drafts)
        self._prepare_months(drafts)

    def _prepare_programmes(self, drafts: Sequence[Draft]) -> None:
        if not self.known:
            first = list(self._serving()[:2])
            self.only = first[0].pk if len(first) == 1 else None
        self.programmes.prepare(draft.cells.get("programme") for draft in drafts)
        named = {self._programme_number(draft) for draft in drafts} - self.known.keys() - {None}
        self.known |= self._serving().in_bulk(named)

    def _programme_number(self, draft: Draft) -> int | None:
        """The programme that the row names; one that names none means the only one there is."""
        name = draft.cells.get("programme")
        if name is None:
            return self.only
        found = self.programmes.all_of(name)
        return int(found[0]["pk"]) if len(found) == 1 else None

    def _programme(self, draft: Draft) -> Programme | None:
        number = self._programme_number(draft)
        return None if number is None else self.known.get(number)

    def _shops_of(self, programme: int) -> Lookup:
        if programme not in self.shops:
            rows = PartnerShop.objects.visible_to(self.actor).filter(programme=programme)
            carry = ("serves_from", "serves_until")
            remedy = "请填写这个项目里登记的门店名称"
            self.shops[programme] = Lookup("门店", rows, carry=carry, remedy=remedy, current_only=True)
            self._read_service(programme)
        return self.shops[programme]

    def _read_service(self, programme: int) -> None:
        """On which days each shop of the programme is under contract and does not pause."""
        names = ("shop_id", "valid_from", "valid_to")
        own = {"shop__programme": programme, "shop__archived_at__isnull": True}
        contracts = ShopContract.objects.visible_to(self.actor).active().filter(**own).values_list(*names)
        off: dict[int, list[Any]] = {}
        for pause in ShopPause.objects.visible_to(self.actor).active().filter(**own).values_list(*names):
            off.setdefault(pause[0], []).append(pause)
        for contract in contracts:
            spans = in_service([contract], off.get(contract[0], []))
            self.serving.setdefault(contract[0], []).extend(spans)

    def _prepare_spells(self, drafts: Sequence[Draft]) -> None:
        """Enrolments of the workers that the chunk names and that are not known yet."""
        hashes = {
            self._hash(number) for draft in drafts if isinstance(number := draft.cells.get("id_number"), str)
        }
        numbers = {draft.cells["enrolment"] for draft in drafts if draft.cells.get("enrolment") is not None}
        hashes -= self.spells.keys()
        numbers -= self.spells.keys()
        self.spells |= {key: [] for key in (*hashes, *numbers)}
        found = Enrolment.objects.visible_to(self.actor).active()
        found = found.filter(Q(person__id_hash__in=hashes) | Q(pk__in=numbers))
        names = (
            "pk",
            "person_id",
            "programme_id",
            "valid_from",
            "valid_to",
            "person__name",
            "person__id_last4",
        )
        for spell in found.order_by("pk").values(*names, "person__id_hash"):
            for key in (bytes(spell["person__id_hash"]), spell["pk"]):
                if key in hashes or key in numbers:
                    self.spells[key].append(spell)

        self._note_elsewhere(spell for key in (*hashes, *numbers) for spell in self.spells[key])

    def _note_elsewhere(self, spells: Iterable[Spell]) -> None:
        """Which workers are enrolled out of the account's sight too, so that they may have eaten there."""
        seen = {spell["pk"]: spell["person_id"] for spell in spells}
        with scope.everywhere():
            others = Enrolment.objects.filter(person__in=set(seen.values())).exclude(pk__in=seen)
            self.elsewhere_too |= set(others.order_by().values_list("person", flat=True))

    def _prepare_months(self, drafts: Sequence[Draft]) -> None:
        """Which months of the chunk are settled for good."""
        days = ((self._programme_number(draft), draft.cells.get("served_on")) for draft in drafts)
        asked = {(number, day.replace(day=1)) for number, day in days if number and day} - self.closed.keys()
        if not asked:
            return
        with connection.cursor() as cursor:
            cursor.execute(_CLOSED, [[number for number, _ in asked], [month for _, month in asked]])
            closed = set(cursor.fetchall())
        self.closed |= {month: month in closed for month in asked}

    def hold_outdated(self, batch: ImportBatch) -> None:
        """A month may have been approved since the check."""
        problem = problem_json(self.columns["served_on"].label, str(CLOSED_MONTH))
        with connection.cursor() as cursor:
            cursor.execute(_HOLD_CLOSED, [batch.pk, problem])

    @classmethod
    def keep_settled(cls) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_KEEP_CLOSED)

    def _hash(self, number: str) -> bytes:
        """Few workers, many meals: each number is hashed once."""
        if number not in self.hashes:
            self.hashes[number] = keyed_hash(number)
        return self.hashes[number]

    # --- from cells to values

    def image(self, draft: Draft) -> Image:
        day = draft.cells.get("served_on")
        programme = self._programme(draft)
        if programme is None:
            self._say_programme(draft)
            return {}
        shop = self._shops_of(programme.pk).resolve(draft, self.columns["shop"])
        image: Image = {
            "programme_id": programme.pk,
            "union_id": programme.union_id,
            "county_id": programme.county_id,
            "channel": MealChannel.IMPORTED.value,
            "shop_id": shop and shop["pk"],
            "served_on": day,
        }
        if day is None:
            return image
        self._require_serving(draft, programme, shop, day)
        image["served_at"] = self._moment(draft, programme, shop, day)
        spell = self._spell(draft, programme, day)
        if spell is not None:
            image |= {"enrolment_id": spell["pk"], "person_id": spell["person_id"]}
        return image

    def _say_programme(self, draft: Draft) -> None:
        if draft.cells.get("programme") is None:
            problem = Problem(
                "没有写明服务项目", "您管辖范围内供餐的项目不止一个，或还没有登记，请填写项目全称"
            )
            draft.hold(self.columns["programme"].label, problem)
        else:
            self.programmes.resolve(draft, self.columns["programme"])

    def _require_serving(self, draft: Draft, programme: Programme, shop: Spell | None, day: date) -> None:
        label, shown = self.columns["served_on"].label, draft.shown["served_on"]
        if day > self.today:
            draft.hold(label, Problem("晚于今天", "请核对年份"), shown)
        elif not programme.runs_on(day):
            draft.hold(label, Problem(f"“{programme}”在这一天没有运行", "请核对日期或项目"), shown)
        elif shop is not None and not self._serves(shop, day):
            problem = Problem(
                f"“{shop['name']}”在 {day} 没有合同或停供", "请核对日期，或先登记门店的合同、更正停供"
            )
            draft.hold(self.columns["shop"].label, problem, draft.shown["shop"])

    def _serves(self, shop: Spell, day: date) -> bool:
        spans = self.serving.get(shop["pk"], ())
        return any(start <= day and (end is None or day < end) for start, end in spans)

    def _moment(self, draft: Draft, programme: Programme, shop: Spell | None, day: date) -> datetime | None:
        """The time of day, if the row gives one: inside serving hours and not still to come."""
        text = draft.cells.get("served_time")
        if text is None:
            return None
        try:
            moment = timezone.make_aware(datetime.combine(day, _clock(text)))
            own = (shop["serves_from"], shop["serves_until"]) if shop and shop["serves_from"] else None
            hours = own or programme_hours(programme)
            if hours and not hours[0] <= timezone.localtime(moment).time() <= hours[1]:
                raise Problem(
                    f"供餐时间是 {hours[0]:%H:%M} 至 {hours[1]:%H:%M}", "请核对时间；不在供餐时间的不计"
                )
            if moment > timezone.now():
                raise Problem("晚于现在", "请核对日期和时间")
        except Problem as problem:
            draft.hold(self.columns["served_time"].label, problem, draft.shown["served_time"])
            return None
        return moment

    # --- who

    def _spell(self, draft: Draft, programme: Programme, day: date) -> Spell | None:
        """The worker's enrolment that holds on the day; whoever has none is not entitled."""
        found = self._named(draft)
        if found is None:
            return None
        own = [spell for spell in found if spell["programme_id"] == programme.pk]
        held = [spell for spell in own if _holds(spell, day)]
        if not held:
            reason = f"此人在 {day} 没有登记" if own else "此人没有登记"
            draft.hold(
                self._who(draft), Problem(f"{reason}在“{programme}”中", "请先登记职工，或核对日期和号码")
            )
            return None
        self._compare(draft, held[0])
        return held[0]

    def _named(self, draft: Draft) -> list[Spell] | None:
        number, card = draft.cells.get("enrolment"), draft.cells.get("id_number")
        if number is not None:
            return self.spells[number]
        if isinstance(card, str):
            return self.spells[self._hash(card)]
        if isinstance(card, Masked):
            problem = Problem("号码被遮住，又没有登记编号", "请填写完整的身份证号，或登记编号")
            draft.hold(self.columns["id_number"].label, problem, draft.shown["id_number"])
        elif self.columns["id_number"].key not in draft.shown:
            draft.hold(self.columns["id_number"].label, Problem("没有写明是谁", "请填写身份证号，或登记编号"))
        return None

    def _who(self, draft: Draft) -> str:
        """The label of the column that names the worker."""
        return self.columns["enrolment" if draft.cells.get("enrolment") is not None else "id_number"].label

    def _compare(self, draft: Draft, spell: Spell) -> None:
        """Name and number, where the row gives them, must be the registered worker's."""
        name, card = draft.cells.get("person"), draft.cells.get("id_number")
        if name is not None and name != spell["person__name"]:
            problem = Problem(f"登记的姓名是“{spell['person__name']}”", "请核对姓名和号码是否同一人")
            draft.hold(self.columns["person"].label, problem, draft.shown["person"])
        tail = card.tail[-4:] if isinstance(card, Masked) else (card or "")[-4:]
        if tail and not spell["person__id_last4"].endswith(tail):
            problem = Problem("与登记编号的职工不是同一个身份证号", "请核对登记编号和身份证号")
            draft.hold(self.columns["id_number"].label, problem, draft.shown["id_number"])

    # --- the register

    def find(self, keys: Sequence[Key]) -> dict[Key, list[Image]]:
        names = self.keys[0]
        rows = self.visible().filter(pk__in=_registered(keys))
        found: dict[Key, list[Image]] = {}
        for current in rows.order_by().values("id", *names, "shop_id", "shop__name"):
            found.setdefault(Key(names, tuple(current[name] for name in names)), []).append(current)
        self._ask_elsewhere(set(keys) - found.keys())
        return found

    def _ask_elsewhere(self, keys: Iterable[Key]) -> None:
        """Who has eaten on the day in a programme that the account does not see; nothing more is learnt."""
        asked = [key for key in keys if key.values[0] in self.elsewhere_too]
        if not asked:
            return
        with scope.everywhere():
            meals = MealCheckIn.objects.filter(pk__in=_registered(asked)).order_by()
            self.eaten_elsewhere |= set(meals.values_list(*self.keys[0]))

    def decide_new(self, draft: Draft, new_id: int) -> None:
        if any(key.values in self.eaten_elsewhere for key in draft.keys):
            draft.hold(self.label_of("person_id"), EATEN_ELSEWHERE)
        day = draft.image.get("served_on")
        if day is not None and self.closed[draft.image["programme_id"], day.replace(day=1)]:
            draft.hold(self.columns["served_on"].label, CLOSED_MONTH, draft.shown["served_on"])
        super().decide_new(draft, new_id)

    def decide_changed(self, draft: Draft, current: Image) -> None:
        """What is registered stays as it is: at the same shop it is known, at another one there is a doubt."""
        draft.target_id = current["id"]
        if current["shop_id"] != draft.image["shop_id"]:
            problem = Problem(f"此人当天已在“{current['shop__name']}”登记就餐", "一天只能一份，请核对门店")
            draft.hold(self.columns["shop"].label, problem, draft.shown.get("shop", ""))
        draft.plan = ImportRow.Plan.UNCHANGED

    def hold_duplicate(self, draft: Draft, first: Any, *, is_same: bool, key: Key) -> None:
        """The same worker twice on a day: one of the rows is no meal, and only the clerk knows which."""
        label = self.label_of("person_id")
        text = f"与第 {first.number} 行是同一人同一天"
        if is_same:
            draft.hold(label, Problem(text, "一天只能一份，这一行不会导入"))
            return
        draft.hold(label, Problem(f"{text}，但内容不同", "一天只能一份，请只保留一行"))
        problem = Problem(f"与第 {draft.number} 行是同一人同一天，但内容不同", "一天只能一份，请只保留一行")
        self.late_holds.append((first.number, {"column": label, "message": str(problem), "value": ""}))


def _registered(keys: Sequence[Key]) -> list[int]:
    """Numbers of the check-ins of these workers on these days."""
    workers, days = [key.values[0] for key in keys], [key.values[1] for key in keys]
    with connection.cursor() as cursor:
        cursor.execute(_BY_INDEX)
        cursor.execute(_REGISTERED, [workers, days])
        found = [number for (number,) in cursor.fetchall()]
        cursor.execute(_BY_ANY)
    return found


def _holds(span: Spell, day: date) -> bool:
    return bool(span["valid_from"] <= day and (span["valid_to"] is None or span["valid_to"] > day))


def _clock(text: str) -> time:
    """The time of day of a cell: 07:35, 7点35分, or a whole instant of which only the time counts."""
    match = _CLOCK.fullmatch(text)
    if match is None or int(match["hour"]) > 23 or int(match["minute"]) > 59:
        raise Problem("无法识别为时间", "请写成 07:35 这样的时和分")
    return time(int(match["hour"]), int(match["minute"]))
