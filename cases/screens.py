"""Shops, and the lists behind the figures; programmes and projects show money and stand in funding."""

from typing import Any

from django.db.models import Avg, Count
from django.urls import reverse

from cases import actions
from cases import forms as case_forms
from cases import shop_forms as forms
from cases.checkin.forms import DeviceLabelForm
from cases.checkin.screens import DEVICE_SCREEN
from cases.filters import EnrolmentFilter, MealFilter, ShopFilter
from cases.late_meals import KEPT, ONE_DAY, at_shop, doubts_in_words, outside_in_words
from cases.models import (
    CheckInDevice,
    MealCheckIn,
    MealDoubt,
    MealRating,
    PartnerShop,
    RejectedScan,
    ShopContract,
    ShopInspection,
    ShopPause,
    ShopStage,
)
from cases.months import is_approved, month_text, to_work_out
from cases.project_screens import document_url
from cases.rosters import ENROLMENTS, MEALS
from cases.serving import serving_hours
from cases.shops import SHOPS
from core import tables
from core.rights import Right
from core.screens import Related, Screen, Verb, restoring


def _of_shop(model: Any, *joined: str) -> Any:
    """Rows of a model that belong to the shop."""

    def rows(shop: PartnerShop, account: Any) -> Any:
        found = model.objects.visible_to(account).filter(shop=shop, archived_at__isnull=True)
        return found.select_related(*joined) if joined else found

    return rows


def _shop_verb(key: str, label: str, action: Any, form: Any, *stages: ShopStage, **options: Any) -> Verb:
    """A verb that makes sense in the given stages."""
    return Verb(
        key,
        label,
        action,
        Right.EDIT_CASES,
        form=form,
        applies=lambda shop: not stages or shop.stage in stages,
        **options,
    )


def _ratings_of(shop: PartnerShop, account: Any) -> Any:
    """What was said about the shop's meals, the newest first and without names."""
    rows = MealRating.objects.visible_to(account).filter(meal__shop=shop)
    return rows.select_related("meal").order_by("-meal__served_on", "-pk")


# What the facts of a shop's page say in words of their own.
_OWN_FACTS = ("供餐开始", "供餐结束")


def _shop_facts(shop: PartnerShop, account: Any) -> list[dict[str, Any]]:
    """The shop's columns; its programme can be opened, its hours are those that hold."""
    links = {"服务项目": reverse("programmes-detail", args=[shop.programme_id])}
    facts = [fact for fact in tables.facts(SHOPS, shop, links=links) if fact["label"] not in _OWN_FACTS]
    hours = serving_hours(shop)
    said = f"{hours[0]:%H:%M} 至 {hours[1]:%H:%M}" if hours else "—"
    own = "" if shop.serves_from or not hours else "（照项目）"
    rated = MealRating.objects.visible_to(account).filter(meal__shop=shop)
    found = rated.aggregate(number=Count("pk"), mean=Avg("stars"))
    words = f"{found['mean']:.1f} 分（{found['number']:,} 次评价）" if found["number"] else "—"
    return [*facts, {"label": "供餐时间", "value": said + own}, {"label": "满意度", "value": words}]


SHOP_SCREEN: Screen = Screen(
    resource=SHOPS,
    filterset=ShopFilter,
    right=Right.EDIT_CASES,
    noun="的爱心门店",
    form=forms.ShopForm,
    change_form=forms.ChangeShopForm,
    create=actions.add_shop,
    change=actions.change_shop,
    archive=actions.archive_shop,
    create_label="登记门店",
    empty="还没有爱心门店。先登记申请的门店，再登记检查和合同；已经签约的一次登记完。",
    order=("programme__name_sort", "office", "name", "pk"),
    detail_template="cases/shop.html",
    list_template="cases/shops.html",
    facts=_shop_facts,
    verbs=(
        _shop_verb("inspect", "登记检查", actions.inspect_shop, forms.InspectionForm),
        _shop_verb(
            "sign",
            "签订合同",
            actions.sign_contract,
            forms.ContractForm,
            ShopStage.INSPECTED,
            ShopStage.CONTRACTED,
        ),
        Verb(
            "correct-contract",
            "更正合同",
            actions.correct_contract,
            Right.EDIT_CASES,
            form=forms.CorrectContractForm,
            note="日期最近的一份合同登记错了才更正，四项都照签订的写；提前终止的用“终止合同”，续签的用“签订合同”。"
            "终止日期写错的也在这里改：改成以后的日期或清空，门店恢复为“已签约”。" + KEPT,
            needs_reason=True,
            applies=lambda shop: shop.contract_from is not None,
            afterwards=lambda shop, given: outside_in_words(shop, given["valid_from"], given["valid_to"]),
        ),
        _shop_verb(
            "attach",
            "上传合同文件",
            actions.attach_contract,
            forms.AttachContractForm,
            ShopStage.CONTRACTED,
            note="签好的合同扫描后上传，附在日期最近的一份合同上；再传一次就换成新的。",
        ),
        _shop_verb(
            "refuse",
            "不予通过",
            actions.refuse_shop,
            forms.RefusalForm,
            ShopStage.APPLIED,
            ShopStage.INSPECTED,
        ),
        _shop_verb(
            "pause",
            "登记停供",
            actions.pause_shop,
            forms.PauseForm,
            ShopStage.CONTRACTED,
            note="放假、维修等几天不供餐。这些天不计入应就餐的天数（除非别的门店照常供餐）。" + KEPT,
            afterwards=lambda shop, given: doubts_in_words(
                at_shop(shop, given["first"], given["last"] + ONE_DAY)
            ),
        ),
        _shop_verb(
            "suspend",
            "暂停资格",
            actions.suspend_shop,
            forms.SuspendForm,
            ShopStage.CONTRACTED,
            note="从这一天起不能供餐，直到登记恢复。" + KEPT,
            afterwards=lambda shop, given: doubts_in_words(at_shop(shop, given["valid_from"])),
        ),
        Verb(
            "lift",
            "恢复供餐",
            actions.lift_suspension,
            Right.EDIT_CASES,
            form=forms.LiftForm,
            applies=lambda shop: shop.is_suspended,
        ),
        Verb(
            "cancel-pause",
            "撤销停供",
            actions.cancel_pause,
            Right.EDIT_CASES,
            form=forms.CancelPauseForm,
            note="停供日或暂停资格登记错了才撤销；暂停后恢复供餐的，登记“恢复供餐”。",
            needs_reason=True,
            applies=lambda shop: shop.pauses.filter(archived_at__isnull=True).exists(),
        ),
        Verb(
            "device",
            "登记手机",
            actions.add_device,
            Right.EDIT_CASES,
            form=DeviceLabelForm,
            note="登记后打开这部手机的页面，用店里的手机扫页面上的二维码。",
            creates_for="shop",
        ),
        _shop_verb(
            "end",
            "终止合同",
            actions.end_shop,
            forms.EndShopForm,
            ShopStage.CONTRACTED,
            note=KEPT,
            is_danger=True,
            afterwards=lambda shop, given: doubts_in_words(at_shop(shop, given["valid_to"])),
        ),
        restoring(actions.restore_shop, Right.EDIT_CASES),
    ),
    related=(
        Related(
            "合同",
            ("合同文件", "合同编号", "起始日期", "终止日期", "每份让利（元）"),
            _of_shop(ShopContract, "evidence"),
            lambda row: (
                row.evidence or "没有上传",
                row.contract_no,
                row.valid_from,
                row.valid_to,
                row.discount,
            ),
            "还没有合同。检查合格后签订。",
            url=document_url,
            verb="sign",
            numeric=frozenset({"每份让利（元）"}),
        ),
        Related(
            "检查",
            ("检查日期", "结果", "检查情况"),
            _of_shop(ShopInspection),
            lambda row: (row.inspected_on, "合格" if row.passed else "不合格", row.findings),
            "还没有检查。",
            verb="inspect",
        ),
        Related(
            "评价",
            ("就餐日期", "评分", "意见"),
            _ratings_of,
            lambda row: (row.meal.served_on, row.stars, row.words),
            "还没有评价。",
            numeric=frozenset({"评分"}),
        ),
        Related(
            "停供",
            ("种类", "起始日期", "恢复日期", "原因"),
            _of_shop(ShopPause),
            lambda row: (row.get_kind_display(), row.valid_from, row.valid_to, row.reason),
            "没有停供。",
            verb="pause",
        ),
        Related(
            "门店手机",
            ("手机名称", "状态", "配对时间"),
            _of_shop(CheckInDevice),
            lambda row: (row.label, row.state_label, row.paired_at),
            "还没有手机。登记后用店里的手机扫一次码，就能扫码打卡。",
            url=lambda row: DEVICE_SCREEN.url("detail", row.pk),
            verb="device",
        ),
        Related(
            "未成功的打卡",
            ("扫码时间", "职工", "原因", "说明"),
            lambda shop, account: RejectedScan.objects.visible_to(account).filter(shop=shop),
            lambda row: (row.scanned_at, row.worker, row.get_reason_display(), row.sentence),
            "没有未成功的打卡。",
        ),
    ),
)


def _enrolment_facts(row: Any, account: Any) -> list[dict[str, Any]]:
    """The enrolment's columns; person and programme can be opened."""
    urls = {
        "姓名": reverse("members-detail", args=[row.person_id]),
        "服务项目": reverse("programmes-detail", args=[row.programme_id]),
    }
    return tables.facts(ENROLMENTS, row, links=urls)


ENROLMENT_SCREEN = Screen(
    resource=ENROLMENTS,
    filterset=EnrolmentFilter,
    right=Right.EDIT_CASES,
    noun="的登记职工",
    form=case_forms.EnrolmentForm,
    change=actions.change_enrolment,
    empty="还没有登记职工。请在服务项目的页面上登记，或从表格导入。",
    order=("name_sort", "pk"),
    facts=_enrolment_facts,
)


def _meal_facts(row: MealCheckIn, account: Any) -> list[dict[str, Any]]:
    """The check-in's columns; worker, shop and programme can be opened."""
    links = {
        "门店": reverse("shops-detail", args=[row.shop_id]),
        "职工": reverse("enrolments-detail", args=[row.enrolment_id]),
        "服务项目": reverse("programmes-detail", args=[row.programme_id]),
    }
    facts = tables.facts(MEALS, row, links=links)
    return [{**fact, **_note_of(row, fact["label"])} for fact in facts]


def _note_of(row: MealCheckIn, label: str) -> dict[str, str]:
    """Why something is not offered for the meal, beside what it follows from."""
    if label == "就餐日期" and is_approved(row):
        return {
            "note": f"{month_text(row)}的结算已批准，不能再撤销或提出疑问；多付、少付的登记更正，记入以后的月份"
        }
    if label == "登记方式" and row.is_scan:
        return {"note": "扫码是凭据，不能撤销；有疑问的“提出疑问”"}
    return {}


def _is_doubted(row: MealCheckIn) -> bool:
    return row.doubts.filter(archived_at__isnull=True).exists()


MEAL_SCREEN = Screen(
    resource=MEALS,
    filterset=MealFilter,
    right=Right.EDIT_CASES,
    noun="的就餐打卡",
    facts=_meal_facts,
    verbs=(
        Verb(
            "rate",
            "登记评价",
            actions.record_rating,
            Right.EDIT_CASES,
            form=forms.RatingForm,
            note="职工打电话或当面说的评价。每份早餐最多一条，门店页面上不写姓名。",
            creates_for="meal",
        ),
        Verb(
            "doubt",
            "提出疑问",
            actions.doubt_meal,
            Right.EDIT_CASES,
            form=forms.DoubtForm,
            note="系统查不出、有人反映的问题，如替别人打卡。那个月的结算把它列为疑点，没有处理和有异议的不付；打卡留在档案里。",
            applies=lambda row: not (_is_doubted(row) or is_approved(row)),
            creates_for="meal",
            afterwards=lambda row, given: f"{to_work_out(row)}列为疑点，认可以后才付。",
        ),
        Verb(
            "withdraw-doubt",
            "撤回疑问",
            actions.withdraw_doubt,
            Right.EDIT_CASES,
            note="已经查清，或提错了的才撤回。撤回后不再是疑点，连同已经作出的处理。",
            needs_reason=True,
            applies=lambda row: _is_doubted(row) and not is_approved(row),
            creates_for="meal",
            afterwards=lambda row, given: f"{to_work_out(row)}不再因此列为疑点。",
        ),
        Verb(
            "withdraw",
            "撤销登记",
            actions.withdraw_meal,
            Right.EDIT_CASES,
            note="人、日期或门店登记错了才撤销；撤销后可以登记正确的一次。这次登记的评价和疑问一并撤销，操作记录里都保留。",
            needs_reason=True,
            is_danger=True,
            applies=lambda row: not (row.is_scan or is_approved(row)),
            creates_for="meal",
            afterwards=lambda row, given: f"可以登记正确的一次。{to_work_out(row)}不再计入。",
            removes=True,
        ),
    ),
    related=(
        Related(
            "疑问",
            ("提出时间", "疑问", "现状"),
            lambda row, account: MealDoubt.objects.visible_to(account).filter(meal=row),
            lambda doubt: (doubt.created_at, doubt.words, doubt.standing),
            "没有人对这份早餐提出疑问。",
            verb="doubt",
        ),
    ),
    empty="还没有就餐打卡。请在服务项目的页面上登记，或导入门店的就餐表。",
    order=("-served_on", "-pk"),
)
