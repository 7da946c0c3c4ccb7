"""The pages of unions and employers."""

from typing import Any

from core.rights import Right
from core.screens import Related, Screen, Verb, restoring
from unions import actions, forms
from unions.filters import EmployerFilter, UnionFilter
from unions.models import (
    DemocraticSystem,
    Employer,
    EmployerHeadcount,
    LegalPersonRegistration,
    Union,
    UnionHeadcount,
    UnionTerm,
    UnitCoverage,
)
from unions.resources import EMPLOYERS, UNIONS


def _children(row: Union, account: Any) -> Any:
    return Union.objects.visible_to(account).active().filter(parent=row).order_by("path")


def _of(model: Any, field: str) -> Any:
    """Rows of a model that belong to the page's row, newest first."""

    def rows(row: Any, account: Any) -> Any:
        return model.objects.visible_to(account).filter(**{field: row})

    return rows


UNION_SCREEN: Screen = Screen(
    resource=UNIONS,
    filterset=UnionFilter,
    right=Right.EDIT_UNIONS,
    noun="的工会",
    form=forms.UnionForm,
    create=actions.create_union,
    change=actions.change_union,
    archive=actions.archive_union,
    create_label="新建工会",
    empty="这里列出本工会和下级工会。可以新建，也可以从表格导入。",
    order=("path",),
    verbs=(
        Verb(
            "certificate",
            "登记法人证书",
            actions.register_legal_person,
            Right.EDIT_UNIONS,
            form=forms.CertificateForm,
            creates_for="union",
        ),
        Verb(
            "members-count",
            "上报会员数",
            actions.report_members,
            Right.EDIT_UNIONS,
            form=forms.ReportedMembersForm,
            creates_for="union",
        ),
        Verb(
            "term",
            "登记届期",
            actions.start_term,
            Right.EDIT_UNIONS,
            form=forms.TermForm,
            creates_for="union",
        ),
        restoring(actions.restore_union, Right.EDIT_UNIONS, "撤销日期一并清空。"),
    ),
    related=(
        Related(
            "下级工会",
            ("名称", "编码", "类型", "建会日期"),
            _children,
            lambda union: (union.name, union.code, union.get_kind_display(), union.founded_on),
            "还没有下级工会。",
            url=lambda union: UNION_SCREEN.url("detail", union.pk),
        ),
        Related(
            "工会法人登记",
            ("证书编号", "发证日期", "有效期至"),
            _of(LegalPersonRegistration, "union"),
            lambda row: (row.certificate_no, row.issued_on, row.expires_on or "长期"),
            "还没有登记法人证书。",
            verb="certificate",
        ),
        Related(
            "上报会员数",
            ("统计日期", "会员数（人）"),
            _of(UnionHeadcount, "union"),
            lambda row: (row.counted_on, row.members),
            "还没有上报会员数。",
            verb="members-count",
            numeric=frozenset({"会员数（人）"}),
        ),
        Related(
            "届期",
            ("本届起始", "任期届满"),
            _of(UnionTerm, "union"),
            lambda row: (row.started_on, row.ends_on),
            "还没有登记届期。",
            verb="term",
        ),
    ),
)


def _is_open(row: Employer) -> bool:
    return row.closed_on is None


EMPLOYER_SCREEN: Screen = Screen(
    resource=EMPLOYERS,
    filterset=EmployerFilter,
    right=Right.EDIT_EMPLOYERS,
    noun="的用人单位",
    form=forms.EmployerForm,
    create=actions.create_employer,
    change=actions.change_employer,
    archive=actions.archive_employer,
    create_label="新建用人单位",
    empty="这里列出本县名录中的用人单位，是各项覆盖率的分母。可以新建，也可以从表格导入。",
    verbs=(
        Verb(
            "headcount",
            "登记职工数",
            actions.count_workers,
            Right.EDIT_EMPLOYERS,
            form=forms.HeadcountForm,
            applies=_is_open,
            creates_for="employer",
        ),
        Verb(
            "coverage",
            "登记工会覆盖",
            actions.cover_employer,
            Right.EDIT_EMPLOYERS,
            form=forms.CoverageForm,
            applies=_is_open,
            creates_for="employer",
        ),
        Verb(
            "end-coverage",
            "终止工会覆盖",
            actions.end_coverage,
            Right.EDIT_EMPLOYERS,
            form=forms.EndCoverageForm,
            creates_for="employer",
        ),
        Verb(
            "system",
            "登记民主管理制度",
            actions.set_up_system,
            Right.EDIT_EMPLOYERS,
            form=forms.SystemSetUpForm,
            applies=_is_open,
            creates_for="employer",
        ),
        Verb(
            "end-system",
            "终止民主管理制度",
            actions.end_system,
            Right.EDIT_EMPLOYERS,
            form=forms.SystemEndForm,
            creates_for="employer",
        ),
        restoring(
            actions.restore_employer,
            Right.EDIT_EMPLOYERS,
            "撤销日期一并清空；归档时终止的工会覆盖请重新登记。",
        ),
    ),
    related=(
        Related(
            "职工数",
            ("统计日期", "有效至", "职工（人）", "女职工（人）", "农民工（人）", "新就业形态（人）", "来源"),
            _of(EmployerHeadcount, "employer"),
            lambda row: (
                row.valid_from,
                row.valid_to,
                row.workers,
                row.female_workers,
                row.rural_migrants,
                row.new_employment,
                row.source,
            ),
            "还没有登记职工数。没有职工数，入会率就没有分母。",
            verb="headcount",
            numeric=frozenset({"职工（人）", "女职工（人）", "农民工（人）", "新就业形态（人）"}),
        ),
        Related(
            "工会覆盖",
            ("工会", "起始日期", "终止日期"),
            lambda row, account: _of(UnitCoverage, "employer")(row, account).select_related("union"),
            lambda row: (row.union.name, row.valid_from, row.valid_to),
            "还没有工会覆盖这家单位。",
            url=lambda row: UNION_SCREEN.url("detail", row.union_id),
            verb="coverage",
        ),
        Related(
            "民主管理制度",
            ("制度", "形式", "建制日期", "终止日期", "最近一次会议"),
            _of(DemocraticSystem, "employer"),
            lambda row: (
                row.get_kind_display(),
                row.get_form_display(),
                row.valid_from,
                row.valid_to,
                row.last_session_on,
            ),
            "还没有登记职代会或厂务公开。",
            verb="system",
        ),
    ),
)
