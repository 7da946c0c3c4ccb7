"""The pages of programmes, projects, funding lines and sources. They stand here because each shows money."""

from typing import Any

from django.db.models import Case, Sum, When
from django.urls import reverse

from cases import actions as case_actions
from cases import forms as case_forms
from cases import project_forms
from cases.filters import ProgrammeFilter, ProjectFilter
from cases.kinds.projects import VENUE
from cases.models import (
    Acceptance,
    Enrolment,
    Equipment,
    MealCard,
    Programme,
    ProgressReport,
    Project,
    ProjectStage,
    VenueCheck,
    Visit,
)
from cases.project_screens import (
    ACCEPTANCE_SCREEN,
    EQUIPMENT_SCREEN,
    PROGRESS_SCREEN,
    VENUE_CHECK_SCREEN,
    VISIT_SCREEN,
)
from cases.resources import PROGRAMMES, PROJECTS
from cases.shop_forms import ProgrammeShopForm
from cases.shops import STANDINGS, shop_rows
from cases.views import CARDS, SHOPS, kind_facts
from core import tables
from core.rights import Right
from core.screens import Related, Screen, Verb
from funding import actions, contract_forms, forms
from funding.contract_screens import CONTRACT_SCREEN
from funding.filters import LineFilter, SourceFilter
from funding.models import CostShareRule, FundingLine, ProjectContract, Settlement
from funding.pages import subject_url
from funding.resources import FUNDING_LINES, FUNDING_SOURCES


def _of(model: Any, field: str, *joined: str) -> Any:
    """Current rows of a model that belong to the page's row."""

    def rows(row: Any, account: Any) -> Any:
        found = model.objects.visible_to(account).filter(**{field: row}, archived_at__isnull=True)
        return found.select_related(*joined) if joined else found

    return rows


def _case_facts(resource: Any) -> Any:
    def facts(row: Any, account: Any) -> list[dict[str, Any]]:
        shown = [fact for fact in tables.facts(resource, row) if fact["label"] != "所属工会"]
        return [*shown, *kind_facts(row)]

    return facts


def _case_verb(key: str, label: str, action: Any, form: Any, **options: Any) -> Verb:
    return Verb(key, label, action, Right.EDIT_CASES, form=form, **options)


def _part_verb(key: str, label: str, action: Any, form: Any, **options: Any) -> Verb:
    """Something new that hangs on the project."""
    return _case_verb(key, label, action, form, creates_for="project", **options)


def _record_line(field: str) -> Verb:
    return Verb(
        "record-line",
        "记一笔资金",
        actions.record_line,
        Right.EDIT_FUNDING,
        form=forms.SubjectLineForm,
        icon="coin",
        creates_for=field,
    )


def _lines(field: str) -> Related:
    return Related(
        "资金明细",
        ("来源", "阶段", "金额（元）", "日期", "文号或凭证号", "凭证文件"),
        _of(FundingLine, field, "source", "evidence"),
        lambda line: (
            line.source.name,
            line.get_stage_display(),
            line.amount,
            line.recorded_on,
            line.document_no,
            line.evidence,
        ),
        "还没有资金明细。一个来源、一个阶段记一笔。",
        url=lambda line: LINE_SCREEN.url("detail", line.pk),
        verb="record-line",
        numeric=frozenset({"金额（元）"}),
    )


def _shops_of(row: Programme, account: Any) -> Any:
    """The programme's shops, those that serve first."""
    shops = shop_rows(account).filter(programme=row, archived_at__isnull=True)
    return shops.order_by(Case(When(standing="serving", then=0), default=1), "office", "name")


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
    facts=_case_facts(PROGRAMMES),
    verbs=(
        _record_line("programme"),
        _case_verb(
            "meal",
            "登记就餐",
            case_actions.record_meal,
            case_forms.MealForm,
            applies=_serves_meals,
            creates_for="programme",
        ),
        _case_verb(
            "add-shop",
            "登记门店",
            case_actions.add_shop,
            ProgrammeShopForm,
            applies=_serves_meals,
            creates_for="programme",
        ),
        _case_verb("enrol", "登记职工", case_actions.enrol, case_forms.EnrolForm, creates_for="programme"),
        _case_verb(
            "enrol-by-id",
            "按身份证号登记职工",
            case_actions.enrol_by_id,
            case_forms.EnrolByIdForm,
            note="会员和没有会籍的职工都可以登记。",
            creates_for="programme",
        ),
        _case_verb(
            "cards",
            "生成就餐卡",
            case_actions.issue_cards,
            None,
            applies=_serves_meals,
            note="给在册而没有卡的职工各生成一张。生成后在“就餐卡”里打印、剪开发给没有手机的职工。",
        ),
        _case_verb(
            "end-enrolment",
            "终止登记",
            case_actions.end_enrolment,
            case_forms.EndEnrolmentForm,
            creates_for="programme",
        ),
        _case_verb(
            "end-enrolments",
            "批量终止登记",
            case_actions.end_enrolments,
            case_forms.EndEnrolmentsForm,
            note="一个街道（镇）或一家单位的在册职工一起终止；两项都填时，两项都符合的才终止。",
        ),
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
            _of(Enrolment, "programme", "person", "employer"),
            lambda row: (
                row.person.name,
                row.person.id_last4,
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
            _of(MealCard, "programme", "person"),
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
        _lines("programme"),
    ),
)


def _can_advance(row: Project) -> bool:
    return row.stage != ProjectStage.IN_USE


def _in_use(row: Project) -> bool:
    return row.stage == ProjectStage.IN_USE


def _is_venue(row: Project) -> bool:
    return row.kind == VENUE.key


def _is_checked(row: Project) -> bool:
    return _is_venue(row) and _in_use(row)


def _has_match(row: Project) -> bool:
    return row.match_requirements.filter(archived_at__isnull=True).exists()


PROJECT_SCREEN = Screen(
    resource=PROJECTS,
    filterset=ProjectFilter,
    right=Right.EDIT_CASES,
    noun="的建设项目",
    form=case_forms.ProjectForm,
    create=case_actions.create_project,
    change=case_actions.change_project,
    archive=case_actions.archive_project,
    create_label="新建建设项目",
    empty="这里列出氧吧、高压氧舱、服务阵地等建设项目。分开立项的分开登记，金额不合并。",
    list_template="cases/projects.html",
    detail_template="funding/project.html",
    facts=_case_facts(PROJECTS),
    verbs=(
        _record_line("project"),
        Verb(
            "require-match",
            "登记配套要求",
            actions.require_match,
            Right.EDIT_FUNDING,
            form=forms.MatchForm,
            creates_for="project",
        ),
        Verb(
            "drop-match",
            "取消配套要求",
            actions.drop_match,
            Right.EDIT_FUNDING,
            form=forms.DropMatchForm,
            needs_reason=True,
            applies=_has_match,
        ),
        _case_verb(
            "stage", "推进阶段", case_actions.advance_stage, project_forms.StageForm, applies=_can_advance
        ),
        _case_verb(
            "correct-stage",
            "更正阶段",
            case_actions.correct_stage,
            project_forms.CorrectStageForm,
            needs_reason=True,
        ),
        _case_verb("acceptance", "登记验收", case_actions.record_acceptance, project_forms.AcceptanceForm),
        Verb(
            "contract",
            "登记合同",
            actions.create_contract,
            Right.EDIT_FUNDING,
            form=contract_forms.ContractForm,
            creates_for="project",
        ),
        _part_verb("milestone", "登记节点", case_actions.add_milestone, project_forms.MilestoneForm),
        _part_verb("progress", "报告进度", case_actions.report_progress, project_forms.ProgressForm),
        _part_verb("photo", "上传照片", case_actions.add_photo, project_forms.PhotoForm),
        _part_verb("equipment", "登记设备", case_actions.add_equipment, project_forms.EquipmentForm),
        _part_verb(
            "venue-check",
            "登记六有检查",
            case_actions.check_venue,
            project_forms.VenueCheckForm,
            applies=_is_checked,
        ),
        _part_verb(
            "visits", "登记使用", case_actions.record_visits, project_forms.VisitsForm, applies=_in_use
        ),
    ),
    related=(
        _lines("project"),
        Related(
            "合同",
            ("合同编号", "对方单位", "合同内容", "合同加补充（元）", "已付（元）", "签订日期"),
            _of(ProjectContract, "project"),
            lambda row: (
                row.number,
                row.other_party,
                row.subject,
                row.agreed,
                row.paid,
                row.signed_on,
            ),
            "还没有合同。登记合同后才能登记付款。",
            url=lambda row: CONTRACT_SCREEN.url("detail", row.pk),
            verb="contract",
            numeric=frozenset({"合同加补充（元）", "已付（元）"}),
        ),
        Related(
            "进度报告",
            ("日期", "进度", "进展", "回落原因"),
            _of(ProgressReport, "project"),
            lambda row: (row.reported_on, f"{row.percent}%", row.summary, row.fall_reason),
            "还没有进度报告。写明百分比和进展，上级就不用再打电话问。",
            url=lambda row: PROGRESS_SCREEN.url("detail", row.pk),
            verb="progress",
        ),
        Related(
            "设备",
            ("设备", "出厂编号", "数量（台）", "单价（元）", "状态"),
            _of(Equipment, "project"),
            lambda row: (row.name, row.serial_no, row.quantity, row.unit_price, row.get_state_display()),
            "还没有登记设备。",
            url=lambda row: EQUIPMENT_SCREEN.url("detail", row.pk),
            verb="equipment",
            numeric=frozenset({"数量（台）", "单价（元）"}),
        ),
        Related(
            "验收记录",
            ("验收日期", "结论", "发现的问题", "整改期限", "验收文件"),
            _of(Acceptance, "project", "evidence"),
            lambda row: (
                row.accepted_on,
                row.get_verdict_display(),
                row.findings,
                row.rectify_by,
                row.evidence,
            ),
            "还没有验收记录。验收合格后才能投入使用。",
            url=lambda row: ACCEPTANCE_SCREEN.url("detail", row.pk),
            verb="acceptance",
        ),
        Related(
            "六有检查",
            ("检查日期", "结果", "缺什么", "整改期限"),
            _of(VenueCheck, "project"),
            lambda row: (row.checked_on, row.score, row.findings, row.rectify_by),
            "服务阵地投入使用后，逐项检查六有。",
            url=lambda row: VENUE_CHECK_SCREEN.url("detail", row.pk),
            verb="venue-check",
            applies=_is_venue,
        ),
        Related(
            "使用记录",
            ("日期", "人次", "供氧时长（小时）"),
            _of(Visit, "project"),
            lambda row: (row.visited_on, row.person_times, row.oxygen_hours),
            "投入使用后，按天或按月登记人次。",
            url=lambda row: VISIT_SCREEN.url("detail", row.pk),
            verb="visits",
            numeric=frozenset({"人次", "供氧时长（小时）"}),
        ),
    ),
)


def _line_facts(row: FundingLine, account: Any) -> list[dict[str, Any]]:
    """The line's columns; what it pays for, its source and its document can be opened."""
    links = {
        "建设项目": subject_url(row.project) if row.project else "",
        "服务项目": subject_url(row.programme) if row.programme else "",
        "资金来源": SOURCE_SCREEN.url("detail", row.source_id),
        "凭证文件": reverse("evidence", args=[row.evidence.uuid]) if row.evidence else "",
    }
    facts = tables.facts(FUNDING_LINES, row)
    return [{**fact, "url": links.get(fact["label"], "")} for fact in facts]


LINE_SCREEN = Screen(
    resource=FUNDING_LINES,
    filterset=LineFilter,
    right=Right.EDIT_FUNDING,
    noun="的资金明细",
    form=forms.LineForm,
    create=actions.record_line,
    change=actions.correct_line,
    archive=actions.archive_line,
    create_label="记一笔资金",
    empty="这里列出每个来源在每个阶段的金额。可以逐笔登记，也可以从表格导入。",
    order=("-recorded_on", "-pk"),
    list_template="funding/lines.html",
    facts=_line_facts,
)


def _is_joint(row: Any) -> bool:
    return bool(row.member_names)


SOURCE_SCREEN = Screen(
    resource=FUNDING_SOURCES,
    filterset=SourceFilter,
    right=Right.EDIT_FUNDING,
    noun="的资金来源",
    form=forms.SourceForm,
    create=actions.create_source,
    change=actions.change_source,
    archive=actions.archive_source,
    create_label="新建资金来源",
    empty="记第一笔资金时会自动登记来源，也可以先在这里登记。",
    order=("name", "pk"),
    detail_template="funding/source.html",
    verbs=(
        Verb(
            "add-member",
            "登记共同出资方",
            actions.add_member,
            Right.EDIT_FUNDING,
            form=forms.MemberForm,
            note="几方共同出资、文件没有写明各出多少的，逐一登记各方；金额只计一次，在各方页面标为“共同”。",
        ),
        Verb(
            "remove-member",
            "移除共同出资方",
            actions.remove_member,
            Right.EDIT_FUNDING,
            form=forms.RemoveMemberForm,
            applies=_is_joint,
        ),
    ),
    related=(
        Related(
            "资金明细",
            ("用于", "阶段", "金额（元）", "日期", "文号或凭证号"),
            _of(FundingLine, "source", "project", "programme"),
            lambda line: (
                line.subject.name,
                line.get_stage_display(),
                line.amount,
                line.recorded_on,
                line.document_no,
            ),
            "这个来源还没有资金明细。",
            url=lambda line: LINE_SCREEN.url("detail", line.pk),
            numeric=frozenset({"金额（元）"}),
        ),
    ),
)
