"""Forms for unions, employers and what is dated about them."""

from typing import Any

from django import forms

from core.forms import AccountForm, AccountModelForm, PickField
from unions.models import Account, DemocraticKind, Employer, SystemForm, Union, UnionLevel


class UnionField(PickField):
    """A union of the account's scope, by code or name."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Union, lookups=("code", "name"), noun="工会", **{"label": "工会", **options})


class EmployerField(PickField):
    """An employer of the account's scope, by name."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Employer, lookups=("name",), noun="单位", **{"label": "工作单位", **options})


def own_county(account: Account) -> Union | None:
    """What a county's clerk nearly always means; others choose."""
    return account.union if account.union.level == UnionLevel.COUNTY else None


LOW_LEVELS = [choice for choice in UnionLevel.choices if choice[0] in ("township", "grassroots")]


class UnionForm(AccountModelForm):
    parent = UnionField(
        label="上级工会", help_text="县级工会，或它下面的乡镇（街道）工会。编码由系统按县编排。"
    )
    level = forms.ChoiceField(label="层级", choices=LOW_LEVELS, initial="grassroots", required=False)

    class Meta:
        model = Union
        fields = ("name", "parent", "level", "kind", "credit_code", "founded_on", "dissolved_on")
        help_texts = {
            "credit_code": "18位。基层工会以81开头，其他工会以89开头。",
            "founded_on": "批复建会的日期。统计时，建会日期在季末之前的才计入。",
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            del self.fields["level"]
            if self.instance.is_area:
                del self.fields["parent"]
        else:
            del self.fields["dissolved_on"]
            self.fields["parent"].initial = own_county(self.account)

    def clean_level(self) -> str:
        return self.cleaned_data["level"] or UnionLevel.GRASSROOTS

    def clean_credit_code(self) -> str | None:
        return self.cleaned_data["credit_code"] or None


class EmployerForm(AccountModelForm):
    union = UnionField(label="所属工会", help_text="负责这家单位的工会，一般是县级工会。")

    class Meta:
        model = Employer
        fields = (
            "name",
            "union",
            "ownership",
            "industry_code",
            "credit_code",
            "is_legal_entity",
            "listed_on",
            "closed_on",
        )
        help_texts = {
            "listed_on": "从这一天起计入“应建会单位”。",
            "is_legal_entity": "建会率只统计法人单位。",
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["union"].initial = own_county(self.account)

    def clean_credit_code(self) -> str | None:
        return self.cleaned_data["credit_code"] or None


class CertificateForm(AccountForm):
    certificate_no = forms.CharField(label="证书编号", max_length=40)
    issued_on = forms.DateField(label="发证日期")
    expires_on = forms.DateField(label="有效期至", required=False)


class TermForm(AccountForm):
    started_on = forms.DateField(label="本届起始")
    ends_on = forms.DateField(label="任期届满", help_text="每届3年或5年。")


class ReportedMembersForm(AccountForm):
    counted_on = forms.DateField(label="统计日期")
    members = forms.IntegerField(
        label="上报会员数（人）", min_value=0, help_text="工会自己统计的会员数，是实名制采集率的分母。"
    )


class CoverageForm(AccountForm):
    union = UnionField(label="覆盖它的工会", help_text="本单位工会、联合基层工会或区域、行业工会联合会。")
    valid_from = forms.DateField(label="起始日期")


class EndCoverageForm(AccountForm):
    union = UnionField(label="工会")
    valid_to = forms.DateField(label="终止日期", help_text="从这一天起不再覆盖。")


class HeadcountForm(AccountForm):
    valid_from = forms.DateField(label="统计日期", help_text="从这一天起有效，直到下次统计。")
    workers = forms.IntegerField(label="职工数（人）", min_value=0)
    female_workers = forms.IntegerField(label="其中女职工（人）", min_value=0, required=False)
    rural_migrants = forms.IntegerField(label="其中农民工（人）", min_value=0, required=False)
    new_employment = forms.IntegerField(label="其中新就业形态劳动者（人）", min_value=0, required=False)
    source = forms.CharField(label="数据来源", max_length=120, required=False)


class SystemSetUpForm(AccountForm):
    kind = forms.ChoiceField(label="制度", choices=DemocraticKind.choices)
    form = forms.ChoiceField(label="形式", choices=SystemForm.choices)
    valid_from = forms.DateField(label="建制日期")
    last_session_on = forms.DateField(label="最近一次会议", required=False)


class SystemEndForm(AccountForm):
    kind = forms.ChoiceField(label="制度", choices=DemocraticKind.choices)
    valid_to = forms.DateField(label="终止日期")
