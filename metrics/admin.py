"""Figures, runs, targets and printed figures in the admin. Targets enter and leave as a table too."""

from typing import Any

from django import forms
from django.contrib import admin
from import_export import fields, resources
from import_export.admin import ImportExportMixin
from import_export.formats.base_formats import CSV
from import_export.widgets import ForeignKeyWidget

from core.actionadmin import ActionModelAdmin, Writes
from core.forms import AccountModelForm
from metrics.actions import set_target
from metrics.forms import AHEAD, QuarterField
from metrics.indicators import CHOICES
from metrics.models import (
    ComputationRun,
    DeclaredFigure,
    Figure,
    IndicatorTarget,
    PrintedFigure,
    SourceDocument,
)
from unions.forms import UnionField
from unions.models import Union


class TargetForm(AccountModelForm):
    """Setting the same indicator, place and quarter again changes the value."""

    indicator = forms.ChoiceField(label="指标", choices=CHOICES)
    from_quarter = QuarterField(label="起始季度", ahead=AHEAD)
    until_quarter = QuarterField(label="截止季度", required=False, ahead=AHEAD, blank="一直有效")
    union = UnionField(label="适用工会及其下级")

    class Meta:
        model = IndicatorTarget
        fields = ("indicator", "direction", "value", "source")
        help_texts = {"value": "同一指标、工会和起始季度再设一次，就是修改。"}


TARGET_FIELDS = ("indicator", "union", "direction", "value", "from_quarter", "until_quarter", "source")


class TargetResource(resources.ModelResource):
    """The table of targets; every row is set by the action."""

    union = fields.Field("union", "union", ForeignKeyWidget(Union, "code"))

    class Meta:
        model = IndicatorTarget
        import_id_fields = ("indicator", "union", "from_quarter")
        fields = TARGET_FIELDS
        export_order = TARGET_FIELDS
        skip_unchanged = True
        use_transactions = True

    def save_instance(self, instance: IndicatorTarget, is_create: bool, row: Any, **options: Any) -> None:
        values = {name: getattr(instance, name) for name in TARGET_FIELDS}
        set_target(by=options["user"], **values)


@admin.register(IndicatorTarget)
class TargetAdmin(ImportExportMixin, ActionModelAdmin):
    writes = Writes(create=set_target, form=TargetForm)
    resource_classes = (TargetResource,)
    formats = (CSV,)
    skip_export_form = True
    list_display = ("indicator", "union", "direction", "value", "from_quarter", "until_quarter", "source")
    list_filter = ("indicator",)
    list_select_related = ("union",)


@admin.register(Figure)
class FigureAdmin(ActionModelAdmin):
    list_display = ("indicator", "quarter", "union", "group_key", "group_value", "numerator", "denominator")
    list_filter = ("indicator", "quarter", "group_key")
    list_select_related = ("union",)
    search_fields = ("=indicator", "=union__code", "union__name")


@admin.register(DeclaredFigure)
class DeclaredFigureAdmin(ActionModelAdmin):
    list_display = ("indicator", "quarter", "union", "numerator", "denominator", "printed", "document")
    list_filter = ("indicator", "quarter")
    list_select_related = ("union", "document")


@admin.register(ComputationRun)
class ComputationRunAdmin(ActionModelAdmin):
    list_display = (
        "id",
        "quarters",
        "union",
        "state",
        "progress",
        "figures_written",
        "seconds",
        "by",
        "created_at",
    )
    list_filter = ("state",)
    list_select_related = ("union", "by")


@admin.register(SourceDocument)
class SourceDocumentAdmin(ActionModelAdmin):
    list_display = ("code", "title", "issuer", "published_on")
    search_fields = ("code", "title")


@admin.register(PrintedFigure)
class PrintedFigureAdmin(ActionModelAdmin):
    list_display = ("code", "topic", "label", "value_text", "unit", "as_of", "union", "document")
    list_filter = ("topic", "is_uncertain")
    list_select_related = ("union", "document")
    search_fields = ("code", "label", "topic")
