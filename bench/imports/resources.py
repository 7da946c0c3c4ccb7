"""The peers' resources: django-import-export as most projects write it, and as tuned as its options allow."""

from typing import Any

from django.core.exceptions import ValidationError
from import_export import fields, resources, widgets
from import_export.instance_loaders import CachedInstanceLoader

from bench.imports.register import HEADER
from bench.models import Company, Member, Organisation, refuse_contradictions
from bench.people import EDUCATIONS, POLITICS
from core import checks

NAMES = (
    "name",
    "id_number",
    "sex",
    "birth_date",
    "mobile",
    "organisation",
    "joined_on",
    "company",
    "education",
    "political_status",
)
SEXES = (("1", "男"), ("2", "女"))


class LabelWidget(widgets.Widget):
    """A code list written by its labels."""

    def __init__(self, choices: tuple[tuple[str, str], ...]) -> None:
        super().__init__()
        self.codes = {label: code for code, label in choices}

    def clean(self, value: Any, row: Any = None, **options: Any) -> Any:
        if value and value not in self.codes:
            raise ValueError(f"没有“{value}”")
        return self.codes.get(value, "")


class RememberingWidget(widgets.ForeignKeyWidget):
    """A foreign key that reads its table once."""

    def clean(self, value: Any, row: Any = None, **options: Any) -> Any:
        if not hasattr(self, "known"):
            self.known = {getattr(one, self.field): one for one in self.model.objects.all()}
        return self.known[value] if value else None


def columns(foreign_key: type[widgets.ForeignKeyWidget]) -> dict[str, fields.Field]:
    """One field for each column of the file."""
    special = {
        "sex": LabelWidget(SEXES),
        "birth_date": widgets.DateWidget("%Y-%m-%d"),
        "joined_on": widgets.DateWidget("%Y-%m-%d"),
        "organisation": foreign_key(Organisation, "code"),
        "company": foreign_key(Company, "name"),
        "education": LabelWidget(EDUCATIONS),
        "political_status": LabelWidget(POLITICS),
    }
    return {
        name: fields.Field(attribute=name, column_name=header, widget=special.get(name))
        for name, header in zip(NAMES, HEADER, strict=True)
    }


class StockResource(resources.ModelResource):
    """Declared fields, natural key, validation of the model."""

    locals().update(columns(widgets.ForeignKeyWidget))

    class Meta:
        model = Member
        fields = NAMES
        import_id_fields = ("id_number",)
        clean_model_instances = True


class TunedResource(resources.ModelResource):
    """Bulk writes, no diff, everything looked up once; the model is validated, but for uniqueness, which costs
    a query a row and which the database keeps anyway.
    """

    locals().update(columns(RememberingWidget))

    class Meta:
        model = Member
        fields = NAMES
        import_id_fields = ("id_number",)
        use_bulk = True
        batch_size = 1_000
        skip_diff = True
        clean_model_instances = True
        instance_loader_class = CachedInstanceLoader

    def validate_instance(self, instance: Any, errors: Any = None, validate_unique: bool = True) -> None:
        """Without the query for uniqueness."""
        super().validate_instance(instance, errors, validate_unique=False)


class ByHandResource(TunedResource):
    """Tuned once more: no validation of the model; its checks are written out for the row."""

    class Meta(TunedResource.Meta):
        clean_model_instances = False

    def before_import_row(self, row: Any, **options: Any) -> None:
        """What full_clean would have found."""
        try:
            number = checks.id_number(row["身份证号"])
            checks.person_name(row["姓名"])
            checks.mobile_phone(row["手机号"])
            born, joined = checks.day(row["出生日期"]), checks.day(row["入会日期"])
        except checks.Problem as problem:
            raise ValidationError(str(problem)) from problem
        refuse_contradictions(number or "", "1" if row["性别"] == "男" else "2", born, joined)
