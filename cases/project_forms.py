"""Forms for what hangs on a project: each as a verb of the project's page and as a row of its own list."""

from typing import Any

from django import forms
from django.utils import timezone

from cases import photos
from cases.actions import projects
from cases.forms import RowField
from cases.models import (
    SIX_ITEMS,
    Acceptance,
    AcceptanceResult,
    Equipment,
    EquipmentState,
    Milestone,
    ProgressReport,
    Project,
    ProjectPhoto,
    ProjectStage,
    VenueCheck,
    Visit,
)
from core.actions import Refused
from core.forms import AccountForm, AccountModelForm, EvidenceField, MoneyField


class ProjectField(RowField):
    """A project of the account's scope; it is chosen once and stays."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Project, noun="建设项目", **{"label": "建设项目", **options})


class PartForm(AccountModelForm):
    """A row that hangs on a project, from its own list: `?project=12` chooses the project."""

    project = ProjectField()

    def __init__(self, data: Any = None, files: Any = None, *, account: Any, **options: Any) -> None:
        initial = {name: _number(value) for name, value in (options.get("initial") or {}).items()}
        super().__init__(data, files, account=account, **{**options, "initial": initial})
        if options.get("instance") is not None:
            del self.fields["project"]
        else:
            self.order_fields(["project"])


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isdecimal() else value


# --- stages


class StageForm(AccountForm):
    stage = forms.ChoiceField(label="进入阶段")
    on = forms.DateField(
        label="日期", initial=timezone.localdate, help_text="进入“投入使用”时，这一天就是实际投用日期。"
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["stage"]
        field.choices = list(ProjectStage.choices)[projects.ORDER.index(self.row.stage) + 1 :]


class CorrectStageForm(AccountForm):
    stage = forms.ChoiceField(label="应为阶段", help_text="只能退回或更正日期；往后走请用“推进阶段”。")
    on = forms.DateField(label="进入这一阶段的日期", required=False, help_text="“投入使用”必须填写。")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["stage"]
        field.choices = list(ProjectStage.choices)[: projects.ORDER.index(self.row.stage) + 1]
        field.initial = self.row.stage
        self.fields["on"].initial = self.row.opened_on or self.row.stage_on


# --- milestones


class MilestoneFields(forms.Form):
    label = forms.CharField(label="节点", max_length=60, help_text="如“招标”“主体完工”。")
    planned_on = forms.DateField(label="计划日期", required=False)
    reached_on = forms.DateField(label="完成日期", required=False, help_text="还没有完成的不填。")


class MilestoneForm(AccountForm, MilestoneFields):
    """A new step, from the project's page."""


class MilestoneRowForm(PartForm, MilestoneFields):
    class Meta:
        model = Milestone
        fields: tuple[str, ...] = ()


class ReachMilestoneForm(AccountForm):
    reached_on = forms.DateField(label="完成日期", initial=timezone.localdate)


# --- progress


class ProgressFields(forms.Form):
    reported_on = forms.DateField(label="日期", initial=timezone.localdate)
    percent = forms.IntegerField(
        label="进度（%）", min_value=0, max_value=100, help_text="0 到 100 的整数，照监理或施工报告填写。"
    )
    summary = forms.CharField(
        label="进展",
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
        help_text="做到了哪一步，下一步做什么。",
    )
    fall_reason = forms.CharField(
        label="回落原因", max_length=300, required=False, help_text="进度比上一次低时必须写明。"
    )


class ProgressForm(AccountForm, ProgressFields):
    """A report from the project's page."""


class ProgressRowForm(PartForm, ProgressFields):
    class Meta:
        model = ProgressReport
        fields: tuple[str, ...] = ()


# --- photos


class PhotoField(forms.FileField):
    """A picture; what cannot be taken is told at the form already."""

    def __init__(self, **options: Any) -> None:
        widget = forms.FileInput({"accept": photos.ACCEPT})
        super().__init__(**{"label": "照片", "help_text": photos.HELP, "widget": widget, **options})

    def clean(self, data: Any, initial: Any = None) -> Any:
        upload = super().clean(data, None)
        try:
            photos.read(upload)
        except Refused as refused:
            raise forms.ValidationError(refused.message) from refused
        return upload


class PhotoForm(AccountForm):
    photo = PhotoField()
    caption = forms.CharField(label="说明", max_length=120, help_text="照片上是什么，如“主体完工，东立面”。")
    taken_on = forms.DateField(
        label="拍摄日期", required=False, help_text="不填时取照片里记录的日期；照片里没有的必须填写。"
    )


class PhotoRowForm(AccountModelForm):
    caption = forms.CharField(label="说明", max_length=120)
    taken_on = forms.DateField(label="拍摄日期")

    class Meta:
        model = ProjectPhoto
        fields: tuple[str, ...] = ()


# --- equipment


class EquipmentFields(forms.Form):
    name = forms.CharField(label="设备", max_length=120)
    serial_no = forms.CharField(
        label="出厂编号", max_length=80, required=False, help_text="一台一个编号；几台相同又没有编号的不填。"
    )
    quantity = forms.IntegerField(
        label="数量（台）", min_value=1, initial=1, help_text="填了出厂编号的，数量填 1。"
    )
    unit_price = MoneyField(label="单价（元）", required=False, help_text="可写成 1.5万。")
    state = forms.ChoiceField(label="状态", choices=EquipmentState.choices, initial=EquipmentState.ARRIVED)
    accepted_on = forms.DateField(
        label="设备验收日期", required=False, help_text="状态为“验收合格”的必须填写。"
    )
    note = forms.CharField(label="备注", max_length=300, required=False)


class EquipmentForm(AccountForm, EquipmentFields):
    """Equipment from the project's page."""


class EquipmentRowForm(PartForm, EquipmentFields):
    class Meta:
        model = Equipment
        fields: tuple[str, ...] = ()


# --- acceptance


class AcceptanceFields(forms.Form):
    accepted_on = forms.DateField(label="验收日期", initial=timezone.localdate)
    verdict = forms.ChoiceField(
        label="结论",
        choices=AcceptanceResult.choices,
        help_text="“合格”“基本合格”时项目进入验收阶段；不合格的整改后再登记一次。",
    )
    findings = forms.CharField(
        label="发现的问题",
        max_length=500,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text="不是“合格”的必须写明。",
    )
    rectify_by = forms.DateField(label="整改期限", required=False)
    evidence = EvidenceField(label="验收文件")


class AcceptanceForm(AccountForm, AcceptanceFields):
    """An inspection from the project's page."""


class AcceptanceRowForm(AccountModelForm, AcceptanceFields):
    class Meta:
        model = Acceptance
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        stored = self.instance.evidence
        if stored is not None:
            self.fields["evidence"].help_text = f"现有文件：{stored}。不选新文件就保留它。"


# --- six-have checks


class VenueCheckFields(forms.Form):
    checked_on = forms.DateField(label="检查日期", initial=timezone.localdate)
    findings = forms.CharField(
        label="缺什么", max_length=300, required=False, help_text="六项没有都做到的，写明缺什么、怎么补。"
    )
    rectify_by = forms.DateField(label="整改期限", required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, label in SIX_ITEMS.items():
            self.fields[name] = forms.BooleanField(label=label, required=False)
        self.order_fields(["project", "checked_on", *SIX_ITEMS])


class VenueCheckForm(AccountForm, VenueCheckFields):
    """A check from the project's page."""


class VenueCheckRowForm(PartForm, VenueCheckFields):
    class Meta:
        model = VenueCheck
        fields: tuple[str, ...] = ()


# --- use


class VisitFields(forms.Form):
    visited_on = forms.DateField(label="日期", initial=timezone.localdate)
    person_times = forms.IntegerField(
        label="人次", min_value=0, help_text="当天进来一次算一人次，同一人来两次算两人次。没有人来的填 0。"
    )
    oxygen_hours = forms.DecimalField(
        label="供氧时长（小时）", min_value=0, max_digits=8, decimal_places=1, required=False
    )


class VisitsForm(AccountForm, VisitFields):
    """A day of use from the project's page."""


class VisitRowForm(PartForm, VisitFields):
    class Meta:
        model = Visit
        fields: tuple[str, ...] = ()


class CorrectVisitForm(AccountModelForm):
    """The day stays; what was counted is corrected with its reason."""

    person_times = VisitFields.base_fields["person_times"]
    oxygen_hours = VisitFields.base_fields["oxygen_hours"]
    reason = forms.CharField(label="更正理由", max_length=500)

    class Meta:
        model = Visit
        fields: tuple[str, ...] = ()
