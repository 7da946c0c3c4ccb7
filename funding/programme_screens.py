"""The pages of programmes. They stand here because they show money."""

from datetime import timedelta
from typing import Any

from django.db.models import Case, Sum, When
from django.urls import reverse
from django.utils import timezone

from cases import actions as case_actions
from cases import forms as case_forms
from cases.filters import ProgrammeFilter
from cases.late_meals import KEPT, doubts_in_words, of_ended
from cases.models import Enrolment, MealCard, Programme
from cases.resources import PROGRAMMES
from cases.shop_forms import ProgrammeShopForm
from cases.shops import STANDINGS, shop_rows
from cases.views import CARDS, SHOPS
from core.money import yuan
from core.rights import Right
from core.screens import Related, Screen, restoring
from funding.models import CostShareRule, Settlement
from funding.screens import case_facts, case_verb, lines_of, of, record_line

FACE_VALUE = PROGRAMMES.column("face_value").label


def _shops_of(row: Programme, account: Any) -> Any:
    """The programme's shops, those that serve first."""
    shops = shop_rows(account).filter(programme=row, archived_at__isnull=True)
    return shops.order_by(Case(When(standing="serving", then=0), default=1), "office", "name")


def _enrolled(row: Programme, account: Any) -> Any:
    """Who is enrolled; one who has gone out of sight leaves his row here."""
    return of(Enrolment, "programme", "employer")(row, account).prefetch_related("person")


def _facts(row: Programme, account: Any) -> list[dict[str, Any]]:
    """The programme's own fields; its standard is held against the rule that months are settled by."""
    rules = CostShareRule.objects.visible_to(account).filter(programme=row, archived_at__isnull=True)
    today = timezone.localdate()
    rule = rules.within(today, today + timedelta(days=1)).first()
    facts: list[dict[str, Any]] = case_facts(PROGRAMMES)(row, account)
    if rule is None or rule.face_value == row.face_value:
        return facts
    told = {"note": f"现行分担办法每份 {yuan(rule.face_value)} 元，结算按分担办法计算；请核对这里写的标准"}
    return [{**fact, **told} if fact["label"] == FACE_VALUE else fact for fact in facts]


def _serves_meals(row: Programme) -> bool:
    return row.serves_meals


PROGRAMME_SCREEN = Screen(
    resource=PROGRAMMES,
    filterset=ProgrammeFilter,
    right=Right.EDIT_CASES,
    noun="的服务项目",
    form=case_forms.ProgrammeForm,
    create=case_actions.create_programme,
    change=case_actions.change_programme,
    archive=case_actions.archive_programme,
    create_label="新建服务项目",
    empty="这里列出爱心早餐等天天运行的服务。先选种类，再填它的内容。",
    detail_template="funding/programme.html",
    facts=_facts,
    verbs=(
        record_line("programme"),
        case_verb(
            "meal",
            "登记就餐",
            case_actions.record_meal,
            case_forms.MealForm,
            applies=_serves_meals,
            creates_for="programme",
        ),
        case_verb(
            "add-shop",
            "登记门店",
            case_actions.add_shop,
            ProgrammeShopForm,
            applies=_serves_meals,
            creates_for="programme",
        ),
        case_verb("enrol", "登记职工", case_actions.enrol, case_forms.EnrolForm, creates_for="programme"),
        case_verb(
            "enrol-by-id",
            "按身份证号登记职工",
            case_actions.enrol_by_id,
            case_forms.EnrolByIdForm,
            note="会员和没有会籍的职工都可以登记。",
            creates_for="programme",
        ),
        case_verb(
            "cards",
            "生成就餐卡",
            case_actions.issue_cards,
            None,
            applies=_serves_meals,
            note="给在册而没有卡的职工各生成一张。生成后在“就餐卡”里打印、剪开发给没有手机的职工。",
        ),
        case_verb(
            "end-enrolment",
            "终止登记",
            case_actions.end_enrolment,
            case_forms.EndEnrolmentForm,
            note=KEPT,
            creates_for="programme",
            afterwards=lambda row, given: doubts_in_words(of_ended(row, **given)),
        ),
        case_verb(
            "end-enrolments",
            "批量终止登记",
            case_actions.end_enrolments,
            case_forms.EndEnrolmentsForm,
            note="一个街道（镇）或一家单位的在册职工一起终止；两项都填时，两项都符合的才终止。" + KEPT,
            afterwards=lambda row, given: doubts_in_words(of_ended(row, **given)),
        ),
        restoring(case_actions.restore_programme, Right.EDIT_CASES),
    ),
    related=(
        Related(
            SHOPS,
            ("门店", "街道（镇）", "今天", "合同起始", "合同终止", "每份让利（元）"),
            _shops_of,
            lambda shop: (
                shop.name,
                shop.office,
                dict(STANDINGS)[shop.standing],
                shop.contract_from,
                shop.contract_to,
                shop.discount,
            ),
            "还没有签约门店。有门店才能登记就餐。",
            url=lambda shop: reverse("shops-detail", args=[shop.pk]),
            verb="add-shop",
            numeric=frozenset({"每份让利（元）"}),
            applies=_serves_meals,
        ),
        Related(
            "登记职工",
            ("职工", "证件号后四位", "街道（镇）", "用人单位", "起始日期", "终止日期"),
            _enrolled,
            lambda row: (
                row,
                getattr(getattr(row, "person", None), "id_last4", ""),
                row.office,
                row.employer,
                row.valid_from,
                row.valid_to,
            ),
            "还没有登记职工。登记后才能享受，也才有就餐率的分母。",
            url=lambda row: reverse("enrolments-detail", args=[row.pk]),
            verb="enrol",
        ),
        Related(
            "费用分担",
            ("起始日期", "终止日期", "每份标准（元）", "各方分担"),
            lambda row, account: (
                CostShareRule.objects.visible_to(account)
                .filter(programme=row, archived_at__isnull=True)
                .with_shares()
            ),
            lambda rule: (rule.valid_from, rule.valid_to, rule.face_value, rule.payers_text),
            "还没有登记每份的钱由谁出多少。登记后才能按月结算。",
            url=lambda rule: reverse("cost_share_rules-detail", args=[rule.pk]),
            numeric=frozenset({"每份标准（元）"}),
        ),
        Related(
            CARDS,
            ("职工", "证件号后四位", "卡号", "换卡次数"),
            of(MealCard, "programme", "person"),
            lambda card: (card.person.name, card.person.id_last4, card.card_no, card.epoch),
            "还没有就餐卡。没有手机的职工凭卡打卡。",
            url=lambda card: reverse("meal_cards-detail", args=[card.pk]),
            verb="cards",
            applies=_serves_meals,
        ),
        Related(
            "月结算",
            ("月份", "阶段", "应就餐（人天）", "结算（份）", "应付（元）"),
            lambda row, account: (
                Settlement.objects.visible_to(account)
                .filter(programme=row)
                .annotate(meals=Sum("lines__meals_valid"), payable=Sum("lines__payable"))
                .order_by("-month")
            ),
            lambda month: (
                month.month_text,
                month.get_stage_display(),
                month.eligible_days,
                month.meals,
                month.payable,
            ),
            "还没有月结算。月底之后生成，核对打卡和门店报数。",
            url=lambda month: reverse("settlements-detail", args=[month.pk]),
            numeric=frozenset({"应就餐（人天）", "结算（份）", "应付（元）"}),
        ),
        lines_of("programme"),
    ),
)
