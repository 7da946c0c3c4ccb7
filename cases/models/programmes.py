"""Programmes that run day by day, and who may use them."""

from datetime import date
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from cases.models.base import Case, DatedQuerySet
from core.models import Versioned
from core.scope import Scoped
from members.models import Person
from unions.models.employers import Dated, Employer, span


class Programme(Case):
    """A service that runs for a time, such as the sanitation workers' breakfast."""

    started_on = models.DateField("开始日期")
    ended_on = models.DateField("结束日期", null=True, blank=True)
    face_value = models.DecimalField(
        "每份标准（元）",
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )

    class Meta:
        verbose_name = verbose_name_plural = "服务项目"
        ordering = ["name_sort", "id"]
        constraints = [
            models.CheckConstraint(
                name="programme_ends_after_start",
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("started_on")),
                violation_error_message="结束日期不能早于开始日期。",
            ),
            models.CheckConstraint(
                name="programme_face_value_not_negative",
                condition=Q(face_value__isnull=True) | Q(face_value__gte=0),
                violation_error_message="每份标准不能是负数。",
            ),
        ]

    @property
    def serves_meals(self) -> bool:
        """Whether the programme has shops and meals."""
        return self.declared_kind is not None and self.declared_kind.serves_meals

    def runs_on(self, day: date) -> bool:
        return self.started_on <= day and (self.ended_on is None or day <= self.ended_on)


class Enrolment(Scoped, Versioned, Dated):
    """A worker may use a programme from `valid_from` until before `valid_to`; a return is a new spell.

    `crew_leader` may book meals for workers without a phone; `is_crew_leader` marks who leads a crew.
    """

    programme = models.ForeignKey(
        Programme, models.PROTECT, verbose_name="服务项目", related_name="enrolments", db_constraint=False
    )
    person = models.ForeignKey(Person, models.PROTECT, verbose_name="职工", related_name="enrolments")
    office = models.CharField("所在街道（镇）", max_length=60, blank=True)
    employer = models.ForeignKey(
        Employer, models.PROTECT, null=True, blank=True, verbose_name="用人单位", related_name="+"
    )
    is_crew_leader = models.BooleanField("班组长", default=False, db_default=False)
    crew_leader = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, verbose_name="所属班组长", related_name="+"
    )

    objects: ClassVar[DatedQuerySet] = DatedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "登记职工"
        ordering = ["id"]
        constraints = [
            ExclusionConstraint(
                name="enrolment_once_at_a_time",
                expressions=[
                    ("programme", RangeOperators.EQUAL),
                    ("person", RangeOperators.EQUAL),
                    (span(), RangeOperators.OVERLAPS),
                ],
                violation_error_message="此人在这段时间已登记在这个项目中。",
            ),
            models.CheckConstraint(
                name="enrolment_ends_after_start",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                violation_error_message="终止日期必须晚于起始日期。",
            ),
            models.CheckConstraint(
                name="enrolment_leads_no_self",
                condition=Q(crew_leader__isnull=True) | ~Q(crew_leader=F("person")),
                violation_error_message="不能把本人登记为自己的班组长。",
            ),
        ]

    def __str__(self) -> str:
        """The worker; one who has gone to a union out of sight is fetched as nobody."""
        worker = getattr(self, "person", None)
        return str(worker) if worker else "已转到别处的职工"
