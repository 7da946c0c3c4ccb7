"""Sources from the other side: what somebody gave over all counties, where it stands, what came of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum

from cases.models import Enrolment, MealCheckIn, Programme, Project, Visit
from core.money import wan
from funding.gifts import Gift, gifts_of, value_of
from funding.models import FundingLine, FundingSource, SourceMember
from funding.money import as_lines
from funding.reconciliation import Waterfall, together, waterfalls

Subject = Project | Programme
JOINT = "（共同出资，未分列）"


@dataclass(frozen=True)
class Result:
    """What a project or programme has come to, in words and in numbers; `None` is what nobody counted."""

    words: str
    is_opened: bool = False
    person_times: int | None = None
    enrolled: int | None = None
    meals: int | None = None


@dataclass(frozen=True)
class Share:
    """What a donor gave to one project or programme; `is_joint` money came together with others."""

    subject: Subject
    money: Waterfall
    is_joint: bool
    gifts: tuple[Gift, ...]
    result: Result

    @property
    def name(self) -> str:
        return f"{self.subject.name}{JOINT if self.is_joint else ''}"

    @property
    def results(self) -> str:
        return self.result.words

    @property
    def county(self) -> str:
        return self.subject.union.name

    @property
    def goods_words(self) -> str:
        """Gifts in kind with their estimated value; each gift once, at the stage it has come to."""
        return "、".join(
            f"{gift.newest.goods}（{gift.stage}，折价 {wan(gift.amount)} 万元）" for gift in self.gifts
        )


class Donor:
    """Everybody visible of the same name as a source, over all counties of the account."""

    def __init__(self, source: FundingSource, account: Any) -> None:
        self.account = account
        self.name = source.name
        self.sources = FundingSource.objects.visible_to(account).filter(name_key=source.name_key)
        self.kind = source.get_kind_display()
        self.shares = [
            *self._shares(self._own(), is_joint=False),
            *self._shares(self._joint(), is_joint=True),
        ]
        self.whole = together(share.money for share in self.shares if not share.is_joint)

    @property
    def results(self) -> str:
        """What came of everything it gave by itself, summed."""
        return summed(share.result for share in self.shares if not share.is_joint)

    @property
    def counties(self) -> int:
        return len({share.subject.county_id for share in self.shares})

    @property
    def goods_value(self) -> Decimal | None:
        """The estimated value of what it gave in kind by itself; None where it gave nothing so."""
        gifts = [gift for share in self.shares if not share.is_joint for gift in share.gifts]
        return value_of(gifts) if gifts else None

    def lines(self) -> QuerySet[Any]:
        """Its own lines in cash."""
        rows: QuerySet[Any] = self._own().in_cash()
        return rows

    def _lines(self) -> Any:
        lines = FundingLine.objects.visible_to(self.account).active()
        joined = ("source", "project__union", "programme__union")
        return lines.select_related(*joined).order_by("county_id", "recorded_on", "pk")

    def _own(self) -> Any:
        return self._lines().filter(source__in=self.sources)

    def _joint(self) -> Any:
        members = SourceMember.objects.visible_to(self.account).filter(
            member__in=self.sources, archived_at__isnull=True
        )
        return self._lines().filter(source__in=members.values("joint"))

    def _shares(self, rows: Iterable[FundingLine], is_joint: bool) -> list[Share]:
        by_subject: dict[Subject, list[FundingLine]] = {}
        for row in rows:
            by_subject.setdefault(row.subject, []).append(row)
        told = results(by_subject, self.account)
        return [
            Share(
                subject,
                together(waterfalls(as_lines(line for line in own if not line.is_in_kind))),
                is_joint,
                tuple(gifts_of(own)),
                told[subject],
            )
            for subject, own in by_subject.items()
        ]


def results(subjects: Iterable[Subject], account: Any) -> dict[Subject, Result]:
    """What each project or programme has come to: its stage, its opening, who used it."""
    found = list(subjects)
    visits = _visits([one.pk for one in found if isinstance(one, Project)], account)
    meals, enrolled = _meals([one.pk for one in found if isinstance(one, Programme)], account)
    return {
        one: _of_project(one, visits.get(one.pk))
        if isinstance(one, Project)
        else _of_programme(meals.get(one.pk, 0), enrolled.get(one.pk, 0))
        for one in found
    }


def summed(parts: Iterable[Result]) -> str:
    """Projects opened, visits, workers and meals of several, in words; what none of them counts is left out."""
    own = list(parts)
    opened = sum(part.is_opened for part in own)
    words = [f"投用 {opened:,} 个"] if opened else []
    counted = (
        ("使用 {:,} 人次", "person_times"),
        ("登记职工 {:,} 人", "enrolled"),
        ("就餐 {:,} 份", "meals"),
    )
    for form, name in counted:
        known = [value for part in own if (value := getattr(part, name)) is not None]
        if known:
            words.append(form.format(sum(known)))
    return "，".join(words)


def _visits(projects: list[int], account: Any) -> dict[int, int]:
    rows = Visit.objects.visible_to(account).filter(project__in=projects, archived_at__isnull=True)
    return dict(rows.order_by().values_list("project").annotate(Sum("person_times")))


def _meals(programmes: list[int], account: Any) -> tuple[dict[int, int], dict[int, int]]:
    """Meals served and workers enrolled now, by programme."""
    meals = MealCheckIn.objects.visible_to(account).filter(programme__in=programmes)
    workers = Enrolment.objects.visible_to(account).filter(
        programme__in=programmes, archived_at__isnull=True, valid_to__isnull=True
    )
    return (
        dict(meals.order_by().values_list("programme").annotate(Count("pk"))),
        dict(workers.order_by().values_list("programme").annotate(Count("pk"))),
    )


def _of_project(project: Project, person_times: int | None) -> Result:
    words = [str(project.get_stage_display())]
    if project.opened_on:
        words.append(f"{project.opened_on.isoformat()}投用")
    elif project.planned_open_on:
        words.append(f"计划{project.planned_open_on.isoformat()}投用")
    if person_times is not None:
        words.append(f"使用 {person_times:,} 人次")
    return Result("，".join(words), is_opened=project.opened_on is not None, person_times=person_times)


def _of_programme(meals: int, enrolled: int) -> Result:
    words = [f"登记职工 {enrolled:,} 人"] if enrolled else []
    if meals:
        words.append(f"就餐 {meals:,} 份")
    return Result("，".join(words), enrolled=enrolled or None, meals=meals or None)
