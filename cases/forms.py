"""Forms for programmes and projects; the fields of a kind follow from its declaration."""

from typing import Any, Literal

from django import forms
from django.utils import timezone

from cases.kinds import Field, FieldKind, Kind, WrongAttribute, kind_of
from cases.models import Enrolment, PartnerShop, Programme, Project
from core import checks
from core.forms import AccountForm, AccountModelForm, MoneyField, PickField
from members.models import Person
from unions.forms import EmployerField, UnionField


class RowField(PickField):
    """A row whose name may not be unique: the suggestion carries its number, which decides."""

    def words(self, row: Any) -> str:
        return f"{row}{self.hint(row)} #{row.pk}"

    def hint(self, row: Any) -> str:
        return ""

    def meant(self, rows: Any, text: str) -> list[Any]:
        _, mark, number = text.rpartition("#")
        if mark and number.isdecimal():
            row = rows.filter(pk=number).first()
            if row is not None:
                return [row]
        return super().meant(rows, text)


class PersonField(RowField):
    """A worker of the account's scope, by name or the last four characters of the ID number."""

    def __init__(self, **options: Any) -> None:
        options = {"label": "职工", "help_text": "输入姓名或证件号后四位，从提示中选择。", **options}
        super().__init__(Person, lookups=("name", "id_last4"), noun="职工", **options)

    def limit(self, account: Any) -> None:
        """An archived person is none: nobody brings him back."""
        super().limit(account)
        self.archived = self.archived.none()

    def hint(self, row: Any) -> str:
        return f" 尾号{row.id_last4}"

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except forms.ValidationError as error:
            if "有多个" not in error.messages[0]:
                raise
            message = f"有多位职工符合“{value}”，请从提示中选择带尾号的那一位。"
            raise forms.ValidationError(message) from error


def _typed(field: Field) -> forms.Field:
    """How a kind's field is typed; its declaration checks it again."""
    shared: dict[str, Any] = {"label": field.heading, "help_text": field.help, "required": field.required}
    shared["error_messages"] = {"required": f"请填写{field.label}。"}
    if field.kind is FieldKind.CHOICE:
        return forms.ChoiceField(choices=[("", "请选择"), *field.choices], **shared)
    widget = forms.TextInput()
    if field.kind is FieldKind.TIME:
        widget = forms.TextInput({"type": "time"})
    elif field.kind in (FieldKind.INTEGER, FieldKind.DECIMAL):
        widget = forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})
    return forms.CharField(widget=widget, max_length=300, **shared)


class CaseForm(AccountModelForm):
    """What programmes and projects share: the kind is given, its fields follow the common ones."""

    of: Literal["programme", "project"]
    first: tuple[str, ...]
    union = UnionField(label="所属工会", help_text="负责这个项目的工会，一般是县级工会。")
    kind = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, files: Any = None, *, account: Any, **options: Any) -> None:
        instance = options.get("instance")
        initial = {"union": account.union, **(options.get("initial") or {})}
        super().__init__(data, files, account=account, **{**options, "initial": initial})
        self.declared = self._declared(instance, data, initial)
        stored = instance.attributes if instance else {}
        own = self.declared.fields if self.declared else ()
        for field in own:
            self.fields[field.key] = _typed(field)
            self.initial.setdefault(field.key, stored.get(field.key, ""))
        if instance is not None:
            del self.fields["union"], self.fields["kind"]
        self.order_fields([*self.first, *(field.key for field in own)])

    def _declared(self, instance: Any, data: Any, initial: dict[str, Any]) -> Kind | None:
        key = instance.kind if instance else (data or initial).get("kind", "")
        kind = kind_of(key)
        return kind if kind is not None and kind.of == self.of else None

    def clean_name(self) -> str:
        return checks.written(self.cleaned_data["name"])

    def clean(self) -> dict[str, Any]:
        """The kind's fields leave as `attributes`."""
        values = super().clean() or self.cleaned_data
        if self.declared is None:
            raise forms.ValidationError("请先选择种类。")
        attributes = {}
        for field in self.declared.fields:
            try:
                attributes[field.key] = field.clean(values.pop(field.key, None))
            except WrongAttribute as wrong:
                if not self.has_error(field.key):
                    self.add_error(field.key, wrong.message)
        if not self.errors:
            try:
                self.declared.require_hours(attributes)
            except WrongAttribute as wrong:
                self.add_error(wrong.field, wrong.message)
        values["attributes"] = attributes
        return values


class ProgrammeForm(CaseForm):
    of = "programme"
    first = ("kind", "name", "union", "started_on", "ended_on", "face_value")
    face_value = MoneyField(
        label="每份标准（元）", required=False, help_text="每人每天一份的价值，如 11；各方分担之和。"
    )

    class Meta:
        model = Programme
        fields = ("name", "started_on", "ended_on", "note")
        help_texts = {
            "started_on": "从这一天起计算供餐天数。",
            "ended_on": "还在进行的不填。",
        }
        widgets = {"note": forms.Textarea({"rows": 3})}


class ProjectForm(CaseForm):
    of = "project"
    first = ("kind", "name", "union", "stage", "stated_total", "planned_open_on", "opened_on")
    stated_total = MoneyField(
        label="总投资（元，照文件）",
        required=False,
        help_text="照文件填写，可写成 580万。与资金明细之和不一致时，系统会提出待核，不会自动改动。",
    )

    class Meta:
        model = Project
        fields = ("name", "stage", "planned_open_on", "opened_on", "note")
        help_texts = {"opened_on": "还没有投入使用的不填。"}
        widgets = {"note": forms.Textarea({"rows": 3})}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if options.get("instance") is not None:
            del self.fields["stage"], self.fields["opened_on"]


# --- verbs of a programme


class _ProgrammeForm(AccountForm):
    """A form that offers the programme's own shops and enrolled workers."""

    def own_shops(self, name: str, shops: Any) -> None:
        field: Any = self.fields[name]
        field.queryset = shops.visible_to(self.account).filter(programme=self.row)


class CrewLeaderField(PersonField):
    """Somebody who leads a crew, by name or the last four characters of the ID number."""

    def __init__(self, **options: Any) -> None:
        options = {
            "label": "所属班组长",
            "required": False,
            "help_text": "没有手机的职工由谁代为登记就餐。",
            **options,
        }
        super().__init__(**options)

    def limit(self, account: Any) -> None:
        super().limit(account)
        leaders = Enrolment.objects.visible_to(account).open().filter(is_crew_leader=True)
        self.rows = self.rows.filter(pk__in=leaders.values("person"))
        widget: Any = self.widget
        widget.options = [self.words(row) for row in self.rows[:300]]


LEADER_HELP = "可以替班组里没有手机的职工登记就餐。"


class EnrolForm(AccountForm):
    person = PersonField()
    office = forms.CharField(label="所在街道（镇）", max_length=60, required=False)
    employer = EmployerField(label="用人单位", required=False)
    is_crew_leader = forms.BooleanField(label="班组长", required=False, help_text=LEADER_HELP)
    crew_leader = CrewLeaderField()
    valid_from = forms.DateField(label="起始日期", initial=timezone.localdate)


class EnrolByIdForm(AccountForm):
    name = forms.CharField(label="姓名", max_length=60)
    id_number = forms.CharField(
        label="身份证号",
        max_length=40,
        help_text="已在会员名册里的，登记到本人名下；不在的，登记为没有会籍的职工。保存后只显示后四位。",
    )
    mobile = forms.CharField(label="手机号", required=False, help_text="11位。保存后只显示后四位。")
    office = forms.CharField(label="所在街道（镇）", max_length=60, required=False)
    employer = EmployerField(label="用人单位", required=False)
    is_crew_leader = forms.BooleanField(label="班组长", required=False, help_text=LEADER_HELP)
    crew_leader = CrewLeaderField()
    valid_from = forms.DateField(label="起始日期", initial=timezone.localdate)


class EnrolmentForm(AccountModelForm):
    """What may be changed of an enrolment; its days are changed by ending and enrolling again."""

    employer = EmployerField(label="用人单位", required=False)
    crew_leader = CrewLeaderField()

    class Meta:
        model = Enrolment
        fields = ("office", "employer", "is_crew_leader", "crew_leader")
        help_texts = {"is_crew_leader": LEADER_HELP}


class EndEnrolmentsForm(AccountForm):
    office = forms.CharField(
        label="街道（镇）", max_length=60, required=False, help_text="与登记的写法完全一致。"
    )
    employer = EmployerField(label="用人单位", required=False)
    valid_to = forms.DateField(label="终止日期", help_text="从这一天起不再享受。", initial=timezone.localdate)


class EndEnrolmentForm(AccountForm):
    person = PersonField()
    valid_to = forms.DateField(label="终止日期", help_text="从这一天起不再享受。", initial=timezone.localdate)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _only_enrolled(self)


class MealForm(_ProgrammeForm):
    served_on = forms.DateField(label="就餐日期", initial=timezone.localdate)
    shop = forms.ModelChoiceField(PartnerShop.objects.none(), label="门店", empty_label="请选择")
    person = PersonField()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.own_shops("shop", PartnerShop.objects.active())


def _only_enrolled(form: AccountForm) -> None:
    """Suggest who is enrolled now."""
    field: Any = form.fields["person"]
    enrolled = Enrolment.objects.open().filter(programme=form.row)
    field.limit(form.account)
    field.rows = field.rows.filter(enrolments__in=enrolled)
    field.widget.options = [field.words(person) for person in field.rows[:300]]
