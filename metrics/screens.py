"""Findings, declared figures and targets: lists, forms and what is done to one of them."""

from core.rights import Right
from core.screens import Screen, Verb
from metrics import actions, forms
from metrics.filters import DeclaredFilter, FindingFilter, TargetFilter
from metrics.resources import DECLARED_FIGURES, FINDINGS, TARGETS

FINDING_SCREEN = Screen(
    resource=FINDINGS,
    filterset=FindingFilter,
    right=Right.EXPLAIN,
    noun="的待核事项",
    empty="没有待核事项。数字互相对不上时，会列在这里等待说明。",
    order=("-pk",),
)
DECLARED_SCREEN = Screen(
    resource=DECLARED_FIGURES,
    filterset=DeclaredFilter,
    right=Right.EXPLAIN,
    noun="的申报数",
    form=forms.DeclaredForm,
    change_form=forms.CorrectForm,
    create=actions.declare_figure,
    change=actions.correct_declared,
    create_label="申报一个数",
    empty="还没有申报数。文件或报表里的季度数字可以逐个登记，也可以整表导入，系统与计算数逐一核对。",
    order=("-quarter", "indicator", "union__name_sort", "pk"),
    verbs=(
        Verb(
            "withdraw",
            "撤回",
            actions.withdraw_declared,
            Right.EXPLAIN,
            note="撤回后不再与计算数核对，记录仍可查到。写错的请用“修改”，不用撤回。",
            needs_reason=True,
            is_danger=True,
        ),
    ),
)
TARGET_SCREEN = Screen(
    resource=TARGETS,
    filterset=TargetFilter,
    right=Right.SET_TARGETS,
    noun="的目标值",
    form=forms.TargetForm,
    change_form=forms.ChangeTargetForm,
    create=actions.set_target,
    change=actions.change_target,
    archive=actions.archive_target,
    create_label="设定目标值",
    empty="还没有设定目标值。目标值由省、市（州）审核员或管理员设定，可以逐个设定，也可以整表导入。",
    order=("indicator", "-from_quarter", "pk"),
)
