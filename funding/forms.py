"""Forms for sources and funding lines."""

from typing import Any

from django import forms
from django.utils import timezone

from cases.forms import RowField
from cases.models import Programme, Project
from cases.project_forms import PartForm
from core import checks
from core.filters import words_widget
from core.forms import AccountForm, AccountModelForm, EvidenceField, MoneyField, PickWidget
from funding.models import (
    ALL_UNMATCHED,
    FundingLine,
    FundingSource,
    FundStage,
    MatchRequirement,
    SourceKind,
    SourceMember,
)
from unions.forms import UnionField

SUGGESTED = 300


class SourceField(forms.CharField):
    """The name of a source, with the names that are already known as suggestions."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"label": "资金来源", "max_length": 120, "widget": PickWidget(), **options})

    def suggest(self, account: Any) -> None:
        known = FundingSource.objects.visible_to(account).filter(archived_at__isnull=True)
        widget: Any = self.widget
        widget.options = sorted(set(known.values_list("name", flat=True)[:SUGGESTED]))

    def prepare_value(self, value: Any) -> Any:
        return value.name if isinstance(value, FundingSource) else value

    def to_python(self, value: Any) -> str:
        return checks.written(value)


class LineFields(forms.Form):
    """What every form of a line asks."""

    source = SourceField(help_text="已登记过的从提示中选择；第一次出现的直接填写。")
    source_kind = forms.ChoiceField(
        label="来源类别",
        choices=[("", "已登记过的来源不用选"), *SourceKind.choices],
        required=False,
        help_text="第一次登记的来源才需要选。",
    )
    stage = forms.ChoiceField(
        label="阶段",
        choices=FundStage.choices,
        help_text="同一笔钱走到哪一步就记哪一步，各阶段分别记录，不相加。退回的钱记“退回”。",
    )
    amount = MoneyField(label="金额（元）", help_text="以元为单位，也可以写成 20万。")
    recorded_on = forms.DateField(label="日期", initial=timezone.localdate)
    document_no = forms.CharField(label="文号或凭证号", max_length=80, required=False)
    evidence = EvidenceField()
    is_match = forms.BooleanField(
        label="配套资金", required=False, help_text="为取得其他资金而按要求配套的部分，请勾选。"
    )
    goods = forms.CharField(
        label="实物说明",
        max_length=200,
        required=False,
        help_text="捐的是设备等实物的，写明品名和数量，金额填折价；实物另列，不计入资金合计。",
    )
    note = forms.CharField(label="备注", max_length=300, required=False)


class SubjectLineForm(AccountForm, LineFields):
    """A line of the project or programme whose page one comes from."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        source: Any = self.fields["source"]
        source.suggest(self.account)


class LineForm(AccountModelForm, LineFields):
    """A line from the list of lines: what it pays for is chosen here."""

    project = RowField(
        Project,
        noun="建设项目",
        label="建设项目",
        required=False,
        help_text="建设项目和服务项目填一个。",
    )
    programme = RowField(Programme, noun="服务项目", label="服务项目", required=False)
    field_order = ("project", "programme", "source", "source_kind", "stage", "amount", "recorded_on")

    class Meta:
        model = FundingLine
        fields = ("stage", "recorded_on", "document_no", "is_match", "goods", "note")

    def __init__(self, data: Any = None, files: Any = None, *, account: Any, **options: Any) -> None:
        instance = options.get("instance")
        initial = {name: _number(value) for name, value in (options.get("initial") or {}).items()}
        if instance is not None:
            initial = {"source": instance.source.name, "amount": instance.amount, **initial}
        super().__init__(data, files, account=account, **{**options, "initial": initial})
        source: Any = self.fields["source"]
        source.suggest(account)
        if instance is not None and instance.evidence:
            self.fields["evidence"].help_text = f"现有文件：{instance.evidence}。不选新文件就保留它。"

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        chosen = [name for name in ("project", "programme") if values.get(name)]
        if len(chosen) == 2:
            self.add_error("programme", "建设项目和服务项目只能填一个。")
        elif not chosen and not self.has_error("project") and not self.has_error("programme"):
            self.add_error("project", "请填写这笔钱用于哪个建设项目或服务项目。")
        return values


def _number(value: Any) -> Any:
    """`?project=12` chooses the row with that number."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


class SourceForm(AccountModelForm):
    union = UnionField(label="登记工会", help_text="一般是县级工会。来源只在本县内使用。")

    class Meta:
        model = FundingSource
        fields = ("name", "kind")

    def __init__(self, data: Any = None, files: Any = None, *, account: Any, **options: Any) -> None:
        initial = {"union": account.union, **(options.get("initial") or {})}
        super().__init__(data, files, account=account, **{**options, "initial": initial})
        if options.get("instance") is not None:
            del self.fields["union"]


class MemberForm(AccountForm):
    """One payer of a joint source."""

    source = SourceField(label="共同出资方", help_text="已登记过的从提示中选择；第一次出现的直接填写。")
    source_kind = forms.ChoiceField(
        label="它的类别", choices=[("", "已登记过的来源不用选"), *SourceKind.choices], required=False
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        source: Any = self.fields["source"]
        source.suggest(self.account)


class RemoveMemberForm(AccountForm):
    member = forms.ModelChoiceField(SourceMember.objects.none(), label="共同出资方", empty_label="请选择")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["member"]
        field.queryset = SourceMember.objects.visible_to(self.account).filter(
            joint=self.row, archived_at__isnull=True
        )


class MatchFields(forms.Form):
    percent = forms.DecimalField(
        label="配套比例（%）",
        min_value=0,
        max_digits=6,
        decimal_places=2,
        help_text="例如要求1:0.5配套，填50。",
    )
    basis = forms.CharField(label="依据（文号）", max_length=120)


class MatchForm(AccountForm, MatchFields):
    """How much of its own a project must add, from the project's page."""

    source = forms.ModelChoiceField(
        FundingSource.objects.none(),
        label="要求配套的来源",
        required=False,
        empty_label=ALL_UNMATCHED,
        help_text="哪个来源要求配套就选哪个；文件没有区分的不选。",
    )
    field_order = ("source", "percent", "basis")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["source"]
        known = FundingSource.objects.visible_to(self.account).filter(lines__project=self.row)
        field.queryset = known.filter(archived_at__isnull=True).distinct().order_by("name", "pk")


class MatchRowForm(PartForm, MatchFields):
    """The same from the list; of another project or source it is another requirement."""

    source = SourceField(
        label="要求配套的来源",
        required=False,
        help_text="哪个来源要求配套就填哪个，要是项目所在的县登记过的；文件没有区分的不填，按全部非配套资金算。",
    )
    field_order = ("project", "source", "percent", "basis")

    class Meta:
        model = MatchRequirement
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            del self.fields["source"]
        else:
            source: Any = self.fields["source"]
            source.suggest(self.account)
            self.order_fields(self.field_order)


class ReturnForm(AccountForm):
    """A payment that the bank sent back."""

    returned_on = forms.DateField(
        label="退回日期", initial=timezone.localdate, help_text="银行退票通知上的日期。"
    )
    words = forms.CharField(
        label="退回原因",
        max_length=300,
        widget=forms.Textarea({"rows": 3}),
        help_text="如“收款账号有误”“户名不符”。",
    )


class DonorForm(forms.Form):
    """Which donors a list shows."""

    kind = forms.ChoiceField(label="类别为", choices=[("", "全部"), *SourceKind.choices], required=False)
    q = forms.CharField(label="名称含", required=False, max_length=60, widget=words_widget())
