"""Forms for members: admission, correction, changes of membership."""

from django import forms
from django.utils import timezone

from core.forms import AccountForm, AccountModelForm
from members.models import ChangeReason, MemberGroup, MembershipChange, Person, TransferRequest
from unions.forms import EmployerField, UnionField

ENDINGS = [
    choice
    for choice in MembershipChange.choices
    if choice[0] in (MembershipChange.TRANSFER_OUT, MembershipChange.EXPEL, MembershipChange.LEAVE)
]
REASONS = [("", "—"), *ChangeReason.choices]
DATA_FIELDS = (
    "name",
    "employer",
    "nation",
    "education",
    "political_status",
    "skill_grade",
    "employment_state",
    "household_kind",
)
ID_HELP = "18位。填好后系统核对校验码，并由它得出性别和出生日期。保存后只显示后四位。"


class MemberChangeForm(AccountModelForm):
    """Correct a member's data; the ID number itself is not changed here."""

    employer = EmployerField(required=False)
    mobile = forms.CharField(label="手机号", required=False, help_text="留空表示不改。保存后只显示后四位。")

    class Meta:
        model = Person
        fields = DATA_FIELDS


class MemberForm(MemberChangeForm):
    """Admission: one page for the person and the first membership."""

    union = UnionField(label="加入的工会")
    mobile = forms.CharField(label="手机号", required=False, help_text="11位。保存后只显示后四位。")
    id_number = forms.CharField(label="身份证号", max_length=40, help_text=ID_HELP)
    joined_on = forms.DateField(label="入会日期", initial=timezone.localdate)
    groups = forms.MultipleChoiceField(
        label="群体",
        choices=MemberGroup.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="可多选，群体之间可以重叠。",
    )
    evidence = forms.CharField(
        label="群体认定依据",
        max_length=200,
        required=False,
        help_text="选了群体就要写：户籍、本人申报、合同等。",
    )

    field_order = ("name", "id_number", "union", "joined_on", "employer", "mobile")

    def clean(self) -> dict[str, object]:
        data = super().clean() or self.cleaned_data
        if data.get("groups") and not data.get("evidence"):
            self.add_error("evidence", "选了群体，请写明认定依据。")
        return data


class TransferForm(AccountForm):
    union = UnionField(label="转入的工会")
    on = forms.DateField(label="转会日期", help_text="两边工会的会员数在同一天变动。")
    change_reason = forms.ChoiceField(label="原因", choices=ChangeReason.choices)


class RequestForm(AccountModelForm):
    """Ask a union out of sight for one of its members."""

    union = UnionField(label="转入的工会")
    id_number = forms.CharField(label="身份证号", max_length=40, help_text="18位。保存后只显示后四位。")

    class Meta:
        model = TransferRequest
        fields = ("name", "on", "change_reason")

    field_order = ("name", "id_number", "union", "on", "change_reason")


class RequestRowsForm(AccountForm):
    """The same for held rows of an import: the table says who it is."""

    union = UnionField(label="转入的工会", help_text="表里写明所在工会的，按表里的算。")
    on = forms.DateField(label="转会日期", initial=timezone.localdate)
    change_reason = forms.ChoiceField(label="原因", choices=ChangeReason.choices)


class RefuseForm(AccountForm):
    answer = forms.CharField(
        label="理由", max_length=500, widget=forms.Textarea({"rows": 3}), help_text="对方会看到。"
    )


class EndForm(AccountForm):
    how = forms.ChoiceField(label="变动类型", choices=ENDINGS)
    on = forms.DateField(label="日期")
    change_reason = forms.ChoiceField(label="原因", choices=REASONS, required=False)


class RetainForm(AccountForm):
    on = forms.DateField(label="日期", help_text="保留会籍的不计入入会率。")
    change_reason = forms.ChoiceField(label="原因", choices=REASONS, required=False)


class TagForm(AccountForm):
    group = forms.ChoiceField(label="群体", choices=MemberGroup.choices)
    valid_from = forms.DateField(label="起始日期")
    evidence = forms.CharField(label="依据", max_length=200)


class UntagForm(AccountForm):
    group = forms.ChoiceField(label="群体", choices=MemberGroup.choices)
    valid_to = forms.DateField(label="终止日期")


class FindByIdForm(forms.Form):
    id_number = forms.CharField(label="身份证号", max_length=40)
