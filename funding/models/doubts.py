"""What shops themselves state of a month, and what does not look right in it."""

from typing import ClassVar, Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Case, Count, Exists, OuterRef, Q, Subquery, When
from django.db.models.functions import Greatest

from cases.models import MealCheckIn, PartnerShop
from core.models import Versioned
from core.scope import Scoped, ScopedQuerySet
from funding.models.settlements import FIRST_OF_MONTH, Settlement, SettlementLine, made_by


class ExceptionReason(models.TextChoices):
    """Why a meal, or a shop's month, is looked at before it is paid."""

    OUTSIDE_HOURS = "outside_hours", "不在供餐时间"
    LEFT_POST = "left_post", "当天没有登记在册"
    CLOSED_SHOP = "closed_shop", "门店当天没有合同或停供"
    PROXY_SHARE = "proxy_share", "一人代登过多"
    TWO_SHOPS = "two_shops", "几分钟内在两家门店代登"
    BURST = "burst", "几秒内连续打卡"
    SAME_PHONE = "same_phone", "一部手机替多人打卡"
    RAISED = "raised", "工会提出疑问"
    STATEMENT = "statement", "与门店报数不一致"


class Decision(models.TextChoices):
    OPEN = "open", "待定"
    ACCEPTED = "accepted", "认可"
    DISPUTED = "disputed", "有异议"


class SettlementExceptionQuerySet(ScopedQuerySet["SettlementException"]):
    def counted(self) -> Self:
        """With `meals_withheld`, how many meals of the month each keeps from being paid: all together what its
        lines withhold. A meal that is doubted for several reasons counts with the first of them.
        """
        unpaid = SettlementException.objects.exclude(decision=Decision.ACCEPTED).order_by()
        earlier = unpaid.filter(
            settlement=OuterRef("settlement"), meal=OuterRef("meal"), pk__lt=OuterRef("pk")
        )
        doubted = unpaid.filter(settlement=OuterRef("settlement"), shop=OuterRef("shop"))
        meals = doubted.values("shop").values(number=Count("meal", distinct=True))
        line = SettlementLine.objects.filter(
            settlement=OuterRef("settlement"), shop=OuterRef("shop")
        ).order_by()
        cut = Subquery(line.values("meals_withheld")) - Subquery(meals)
        return self.annotate(
            meals_withheld=Case(
                When(decision=Decision.ACCEPTED, then=0),
                When(meal__isnull=True, then=Greatest(cut, 0)),
                When(Exists(earlier), then=0),
                default=1,
                output_field=models.IntegerField(),
            )
        )


class SettlementException(Scoped, Versioned):
    """A meal that does not look right, or a shop's statement that differs (no meal). Open ones are not paid."""

    settlement = models.ForeignKey(
        Settlement,
        models.PROTECT,
        verbose_name="月结算",
        related_name="exceptions",
        db_index=False,
        db_constraint=False,
    )
    shop = models.ForeignKey(PartnerShop, models.PROTECT, verbose_name="门店", related_name="+")
    meal = models.ForeignKey(
        MealCheckIn, models.CASCADE, null=True, blank=True, verbose_name="就餐打卡", related_name="+"
    )
    reason = models.CharField("原因", max_length=16, choices=ExceptionReason.choices)
    detail = models.CharField("说明", max_length=300)
    decision = models.CharField("处理", max_length=10, choices=Decision.choices, default=Decision.OPEN)
    decision_reason = models.CharField("处理理由", max_length=300, blank=True)
    decided_by = made_by("处理人")
    decided_at = models.DateTimeField("处理时间", null=True, editable=False)

    meals_withheld: int  # of `counted()` rows

    objects: ClassVar[SettlementExceptionQuerySet] = SettlementExceptionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = verbose_name_plural = "结算疑点"
        ordering = ["settlement", "shop", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["settlement", "shop", "reason", "meal"],
                name="settlementexception_once",
                nulls_distinct=False,
                violation_error_message="同一份早餐的同一个疑点只列一次。",
            ),
            models.CheckConstraint(
                name="settlementexception_reason_known",
                condition=Q(reason__in=ExceptionReason.values),
                violation_error_message="请选择疑点的原因。",
            ),
            models.CheckConstraint(
                name="settlementexception_decision_known",
                condition=Q(decision__in=Decision.values),
                violation_error_message="请选择怎样处理。",
            ),
            models.CheckConstraint(
                name="settlementexception_decision_explained",
                condition=Q(decision=Decision.OPEN)
                | (~Q(decision_reason="") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                violation_error_message="处理疑点要写明理由。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} {self.shop}"


class StatementChannel(models.TextChoices):
    PHONE = "phone", "门店手机"
    CLERK = "clerk", "工会登记"
    IMPORTED = "imported", "表格导入"


class DaysFit(models.Func):
    """Whether counts by day are as many as the month has days and come to the month's number."""

    function = "funding_days_fit"
    output_field = models.BooleanField()


class ShopStatement(Scoped, Versioned):
    """What a shop itself says it served in a month: `days` has its counts from the 1st on, where it has them."""

    shop = models.ForeignKey(
        PartnerShop, models.PROTECT, verbose_name="门店", related_name="statements", db_index=False
    )
    month = models.DateField("月份")
    meals = models.PositiveIntegerField("报数（份）")
    days = models.CharField("逐日份数", max_length=200, blank=True, db_default="")
    amount = models.DecimalField(
        "报账金额（元）",
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    stated_on = models.DateField("报数日期")
    channel = models.CharField(
        "报数方式",
        max_length=10,
        choices=StatementChannel.choices,
        default=StatementChannel.CLERK,
        db_default=StatementChannel.CLERK,
    )
    note = models.CharField("备注", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "门店报数"
        ordering = ["-month", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "month"],
                name="shopstatement_once",
                violation_error_message="这家门店这个月已有报数，请修改原来的。",
            ),
            models.CheckConstraint(
                name="shopstatement_month_first_day",
                condition=Q(month__day=1),
                violation_error_message=FIRST_OF_MONTH,
            ),
            models.CheckConstraint(
                name="shopstatement_days_add_up",
                condition=Q(days="") | Q(DaysFit("days", "month", "meals")),
                violation_error_message="逐日份数要从1日写到月底，合计等于报数。",
            ),
            models.CheckConstraint(
                name="shopstatement_channel_known",
                condition=Q(channel__in=StatementChannel.values),
                violation_error_message="请选择报数方式。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shop} {self.month_label}"

    @property
    def month_label(self) -> str:
        """The month as tables write it."""
        return f"{self.month:%Y-%m}"
