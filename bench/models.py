"""Plain tables as most projects have them, for the peers: no scope, no sealing, no history."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from core import checks
from members.models import Education, PoliticalStatus, Sex


def _rule(check: object, text: str) -> None:
    try:
        check(text)  # type: ignore[operator]
    except checks.Problem as problem:
        raise ValidationError(str(problem)) from problem


def valid_id_number(text: str) -> None:
    """GB 11643 with its check digit."""
    _rule(checks.id_number, text)


def valid_mobile(text: str) -> None:
    """Eleven digits of a mobile phone."""
    _rule(checks.mobile_phone, text)


class Organisation(models.Model):
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)


class Company(models.Model):
    name = models.CharField(max_length=120, unique=True)


class Member(models.Model):
    """A member in one row, with the indexes that `members_person` has."""

    name = models.CharField(max_length=60)
    id_number = models.CharField(max_length=18, unique=True, validators=[valid_id_number])
    sex = models.CharField(max_length=1, choices=Sex.choices)
    birth_date = models.DateField()
    mobile = models.CharField(max_length=11, blank=True, validators=[valid_mobile])
    organisation = models.ForeignKey(Organisation, models.PROTECT)
    joined_on = models.DateField()
    company = models.ForeignKey(Company, models.PROTECT, null=True, blank=True)
    education = models.CharField(max_length=2, choices=Education.choices, blank=True)
    political_status = models.CharField(max_length=2, choices=PoliticalStatus.choices, blank=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "name", "id"], name="bench_member_list")]

    def clean(self) -> None:
        """What the portal's import compares too."""
        refuse_contradictions(self.id_number, self.sex, self.birth_date, self.joined_on)


def refuse_contradictions(number: str, sex: object, born: object, joined: object) -> None:
    """Sex and birth date follow from the ID number; members are of working age and joined by today."""
    if str(checks.sex_of(number)) != sex or checks.birth_date_of(number) != born:
        raise ValidationError("性别或出生日期与身份证号不符")
    if joined > timezone.localdate():  # type: ignore[operator]
        raise ValidationError("入会日期晚于今天")
    _rule(lambda day: checks.require_working_age(born, day), joined)  # type: ignore[arg-type]


class PlainFigure(models.Model):
    """A stored figure of the quarter peer."""

    organisation_id = models.BigIntegerField()
    quarter = models.CharField(max_length=6)
    indicator = models.CharField(max_length=8)
    numerator = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    denominator = models.DecimalField(max_digits=18, decimal_places=2, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "quarter", "indicator"], name="bench_figure_once"
            )
        ]


class Meal(models.Model):
    """A meal as a bare view would keep it: one a worker and day."""

    worker = models.BigIntegerField()
    shop = models.BigIntegerField()
    day = models.DateField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["worker", "day"], name="bench_meal_once_a_day")]
