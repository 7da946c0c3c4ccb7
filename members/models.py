"""Real-name members: persons, their dated membership spells, overlapping group tags."""

import uuid
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from core.crypto import SealedField
from core.models import Versioned
from core.scope import Scoped, ScopedQuerySet
from unions.models import Employer, Union
from unions.models.employers import Dated, span


class Sex(models.TextChoices):
    MALE = "1", "男"
    FEMALE = "2", "女"


class SkillGrade(models.TextChoices):
    SENIOR_TECHNICIAN = "1", "高级技师"
    TECHNICIAN = "2", "技师"
    ADVANCED = "3", "高级工"
    INTERMEDIATE = "4", "中级工"
    JUNIOR = "5", "初级工"


class EmploymentState(models.TextChoices):
    ON_JOB = "1", "在岗"
    OFF_DUTY = "2", "待岗"
    UNEMPLOYED = "3", "失业"
    RETIRED = "4", "退休"
    VETERAN_RETIRED = "5", "离休"
    RESIGNED = "6", "退职"
    EARLY_RETIRED = "7", "内退"
    SICK_LEAVE = "8", "病休"
    OTHER = "9", "其他"


class Education(models.TextChoices):
    POSTGRADUATE = "10", "研究生"
    BACHELOR = "20", "大学本科"
    COLLEGE = "30", "大学专科"
    SECONDARY_VOCATIONAL = "40", "中等职业"
    HIGH_SCHOOL = "60", "高中"
    JUNIOR_HIGH = "70", "初中"
    PRIMARY = "80", "小学"
    OTHER = "90", "其他"


class PoliticalStatus(models.TextChoices):
    PARTY_MEMBER = "01", "中共党员"
    PROBATIONARY = "02", "中共预备党员"
    YOUTH_LEAGUE = "03", "共青团员"
    DEMOCRATIC_PARTY = "04", "民主党派"
    MASSES = "13", "群众"


class HouseholdKind(models.TextChoices):
    RURAL = "rural", "农业户口"
    URBAN = "urban", "非农业户口"


class MembershipState(models.TextChoices):
    ACTIVE = "active", "在籍"
    RETAINED = "retained", "保留会籍"


class MembershipChange(models.TextChoices):
    """How a spell begins (1–3) or ends (3–6); codes of the national data sheet."""

    ADMIT = "1", "入会"
    TRANSFER_IN = "2", "转入"
    RETAIN = "3", "保留会籍"
    TRANSFER_OUT = "4", "转出"
    EXPEL = "5", "除名"
    LEAVE = "6", "退会"


class ChangeReason(models.TextChoices):
    EMPLOYMENT_CHANGED = "1", "工作变动"
    OFF_DUTY = "2", "待岗"
    UNEMPLOYED = "3", "失业"
    BANKRUPTCY = "4", "企业破产"
    OWN_WISH = "5", "本人自愿"
    CRIME = "6", "犯罪除名"


class MemberGroup(models.TextChoices):
    RURAL_MIGRANT = "rural_migrant", "农民工"
    NEW_EMPLOYMENT = "new_employment", "新就业形态劳动者"
    TRUCK_DRIVER = "truck_driver", "货车司机"
    RIDE_HAILING = "ride_hailing", "网约车司机"
    COURIER = "courier", "快递员"
    DELIVERY_RIDER = "delivery_rider", "外卖配送员"
    DISPATCHED = "dispatched", "劳务派遣工"
    SANITATION = "sanitation", "环卫工人"
    FLEXIBLE = "flexible", "灵活就业人员"
    HARDSHIP = "hardship", "困难职工"


NEW_EMPLOYMENT_GROUPS = (
    MemberGroup.NEW_EMPLOYMENT,
    MemberGroup.TRUCK_DRIVER,
    MemberGroup.RIDE_HAILING,
    MemberGroup.COURIER,
    MemberGroup.DELIVERY_RIDER,
)


class PersonQuerySet(ScopedQuerySet["Person"]):
    def active(self) -> Self:
        return self.filter(archived_at__isnull=True)


class Person(Scoped, Versioned):
    """A worker known by name. `union` keeps the record: the union of the present or last membership.

    The ID number is sealed, found by a keyed hash and shown by its last four characters only.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField("姓名", max_length=60)
    name_sort = models.CharField("拼音", max_length=400, editable=False, default="")
    sex = models.CharField("性别", max_length=1, choices=Sex.choices)
    birth_date = models.DateField("出生日期")
    id_number = SealedField("身份证号")
    id_hash = models.BinaryField(max_length=32, unique=True, editable=False)
    id_last4 = models.CharField("证件号后四位", max_length=4, editable=False)
    mobile = SealedField("手机号", null=True)
    mobile_last4 = models.CharField("手机号后四位", max_length=4, editable=False, default="")
    nation = models.CharField("民族", max_length=20, blank=True)
    education = models.CharField("学历", max_length=2, choices=Education.choices, blank=True)
    political_status = models.CharField("政治面貌", max_length=2, choices=PoliticalStatus.choices, blank=True)
    skill_grade = models.CharField("技术等级", max_length=1, choices=SkillGrade.choices, blank=True)
    employment_state = models.CharField(
        "就业状况", max_length=1, choices=EmploymentState.choices, default=EmploymentState.ON_JOB
    )
    household_kind = models.CharField("户籍类型", max_length=6, choices=HouseholdKind.choices, blank=True)
    employer = models.ForeignKey(
        Employer,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name="工作单位",
        related_name="persons",
    )
    verified_at = models.DateTimeField("实名核验时间", null=True, blank=True, editable=False)

    objects: ClassVar[PersonQuerySet] = PersonQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "会员"
        ordering = ["name_sort", "id"]
        constraints = [
            models.CheckConstraint(
                name="person_sex_known",
                condition=Q(sex__in=Sex.values),
                violation_error_message="性别只能是男或女。",
            ),
            models.CheckConstraint(
                name="person_hash_complete",
                condition=Q(id_last4__regex=r"^[0-9]{3}[0-9X]$"),
                violation_error_message="身份证号不完整。",
            ),
        ]
        indexes = [
            models.Index(
                fields=["county", "name_sort", "id"],
                name="person_county_name",
                opclasses=["int4_ops", "varchar_pattern_ops", "int8_ops"],
            )
        ]

    def __str__(self) -> str:
        return self.name

    # Filled by `members.resources.member_rows` with what is open today.
    open_memberships: "list[Membership]"
    open_tags: "list[MemberGroupTag]"

    @property
    def membership(self) -> "Membership | None":
        return self.open_memberships[0] if self.open_memberships else None

    @property
    def state_label(self) -> str:
        return self.membership.get_state_display() if self.membership else "无会籍"

    @property
    def groups_label(self) -> str:
        return "、".join(tag.get_group_display() for tag in self.open_tags)

    @property
    def id_masked(self) -> str:
        return "*" * 14 + self.id_last4

    @property
    def mobile_masked(self) -> str:
        return "*" * 7 + self.mobile_last4 if self.mobile_last4 else ""


class MembershipQuerySet(ScopedQuerySet["Membership"]):
    def open(self) -> Self:
        return self.filter(valid_to__isnull=True)


class Membership(Scoped, Versioned, Dated):
    """One spell of membership in one union. A person has at most one at any time."""

    person = models.ForeignKey(
        Person, models.PROTECT, verbose_name="会员", related_name="memberships", db_index=False
    )
    state = models.CharField(
        "会籍状态", max_length=10, choices=MembershipState.choices, default=MembershipState.ACTIVE
    )
    began_by = models.CharField(
        "起始变动", max_length=1, choices=MembershipChange.choices, default=MembershipChange.ADMIT
    )
    began_reason = models.CharField("起始原因", max_length=1, choices=ChangeReason.choices, blank=True)
    ended_by = models.CharField("终止变动", max_length=1, choices=MembershipChange.choices, blank=True)
    ended_reason = models.CharField("终止原因", max_length=1, choices=ChangeReason.choices, blank=True)

    objects: ClassVar[MembershipQuerySet] = MembershipQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "会籍"
        ordering = ["-valid_from", "-id"]
        constraints = [
            models.CheckConstraint(
                name="membership_ends_after_start",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                violation_error_message="会籍终止日期必须晚于起始日期。",
            ),
            models.CheckConstraint(
                name="membership_end_has_change",
                condition=Q(valid_to__isnull=True, ended_by="") | Q(valid_to__isnull=False) & ~Q(ended_by=""),
                violation_error_message="会籍终止时要写明变动类型。",
            ),
            ExclusionConstraint(
                name="membership_one_at_a_time",
                expressions=[("person", RangeOperators.EQUAL), (span(), RangeOperators.OVERLAPS)],
                violation_error_message="此人在这段时间已有会籍。一个人同一时间只能有一个会籍。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.valid_from}"


class MemberGroupTag(Scoped, Versioned, Dated):
    """A person belongs to a group for a time. Groups overlap; they do not add up to the total."""

    person = models.ForeignKey(
        Person, models.CASCADE, verbose_name="会员", related_name="tags", db_index=False
    )
    group = models.CharField("群体", max_length=16, choices=MemberGroup.choices)
    evidence = models.CharField("依据", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "群体标签"
        ordering = ["group", "-valid_from"]
        constraints = [
            models.CheckConstraint(
                name="tag_group_known",
                condition=Q(group__in=MemberGroup.values),
                violation_error_message="请选择群体。",
            ),
            models.CheckConstraint(
                name="tag_has_evidence",
                condition=~Q(evidence=""),
                violation_error_message="请写明认定依据（户籍、本人申报、合同等）。",
            ),
            models.CheckConstraint(
                name="tag_ends_after_start",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                violation_error_message="终止日期必须晚于起始日期。",
            ),
            ExclusionConstraint(
                name="tag_no_overlap",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    ("group", RangeOperators.EQUAL),
                    (span(), RangeOperators.OVERLAPS),
                ],
                violation_error_message="此人在这段时间已有这个群体标签。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.get_group_display()}"


class TransferState(models.TextChoices):
    REQUESTED = "requested", "待答复"
    ACCEPTED = "accepted", "已转入"
    REFUSED = "refused", "不同意"
    WITHDRAWN = "withdrawn", "已撤回"


class TransferRequestQuerySet(ScopedQuerySet["TransferRequest"]):
    def visible_to(self, actor: Any) -> Self:
        """Requests that the actor's unions make or have to answer. The unions of the other side stay unseen."""
        if not getattr(actor, "is_authenticated", False):
            return self.none()
        own = Union.objects.visible_to(actor).values("pk")
        return self.filter(Q(union__in=own) | Q(giver__in=own))


class TransferRequest(Scoped, Versioned):
    """A union asks for a member of a union out of its sight; only the giving side knows who gives.

    `union` asks. The person is named by what the asking union has in hand: name and ID number, kept as keyed
    hash and last characters. Row-level security shows the row to both counties.
    """

    to_name = models.CharField("转入工会", max_length=200)
    giver = models.ForeignKey(
        Union, models.PROTECT, verbose_name="转出工会", db_constraint=False, related_name="+"
    )
    giver_county = models.ForeignKey(
        settings.DIVISION_MODEL, models.PROTECT, db_constraint=False, related_name="+", editable=False
    )
    person_hash = models.BinaryField(max_length=32, editable=False)
    name = models.CharField("姓名", max_length=60)
    id_last4 = models.CharField("证件号后四位", max_length=4, editable=False)
    on = models.DateField("转会日期")
    change_reason = models.CharField("原因", max_length=1, choices=ChangeReason.choices)
    state = models.CharField(
        "状态", max_length=10, choices=TransferState.choices, default=TransferState.REQUESTED
    )
    answer = models.CharField("答复", max_length=500, blank=True)
    answered_on = models.DateField("答复日期", null=True, blank=True)

    objects: ClassVar[TransferRequestQuerySet] = TransferRequestQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "会籍转接"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="transfer_state_known",
                condition=Q(state__in=TransferState.values),
                violation_error_message="请选择会籍转接的状态。",
            ),
            models.CheckConstraint(
                name="transfer_refusal_explained",
                condition=~Q(state="refused") | ~Q(answer=""),
                violation_error_message="不同意转出要写明理由。",
            ),
            models.UniqueConstraint(
                fields=["person_hash", "union"],
                condition=Q(state="requested"),
                name="transfer_asked_once",
                violation_error_message="已为此人提出过转入申请，正在等待答复。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.on}"

    @property
    def id_masked(self) -> str:
        return "*" * 14 + self.id_last4

    @property
    def is_open(self) -> bool:
        return self.state == TransferState.REQUESTED
