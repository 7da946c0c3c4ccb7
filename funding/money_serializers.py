"""Money summed by source, by donor and by place, as programs read it: in yuan, null where nothing is known."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from funding.models import FundStage, SourceKind
from funding.money import STAGE_LABELS, Money


class AmountField(serializers.DecimalField):
    """An amount of yuan, to the fen."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **{"max_digits": 18, "decimal_places": 2, "read_only": True, "allow_null": True, **options}
        )


class StageField(AmountField):
    """What a waterfall's lines sum to at one stage."""

    def get_attribute(self, instance: Any) -> Any:
        return instance.at(self.field_name)


class WaterfallSerializer(serializers.Serializer[Any]):
    """How far money has come; amounts of different stages are never added."""

    promised = AmountField(label="承诺", help_text="取批复，没有批复的取承诺函，都没有的取到位")
    outstanding = AmountField(label="尚未到位")
    left = AmountField(label="结余")

    def get_fields(self) -> dict[str, serializers.Field]:
        stages = {stage: StageField(label=label) for stage, label in STAGE_LABELS.items()}
        return {**stages, **super().get_fields()}


class CountedSerializer(WaterfallSerializer):
    """The same for one project or programme, where the sources add up to a total."""

    counted = AmountField(label="计入合计", help_text="取批复，没有批复的依次取承诺函、申报、意向、到位")


class DonorRowSerializer(serializers.Serializer[Any]):
    """A row of the donors' list."""

    id = serializers.IntegerField(source="source.pk", label="编号")
    name = serializers.CharField(source="giver.name", label="捐助方")
    kind = serializers.ChoiceField(choices=SourceKind.choices, source="source.kind", label="类别")
    kind_label = serializers.CharField(source="source.get_kind_display", label="类别（文字）")
    counties = serializers.IntegerField(source="giver.counties", label="县（个）")
    subjects = serializers.IntegerField(source="giver.subjects", label="项目（个）")
    money = WaterfallSerializer(source="giver.money", label="资金")
    joint = AmountField(source="giver.joint", label="共同出资，未分列")
    goods_value = AmountField(label="实物折价")


class DonorShareSerializer(serializers.Serializer[Any]):
    """What a donor gave to one project or programme."""

    project = serializers.SerializerMethodField(label="建设项目编号")
    programme = serializers.SerializerMethodField(label="服务项目编号")
    name = serializers.CharField(source="subject.name", label="用于")
    county = serializers.CharField(label="县")
    is_joint = serializers.BooleanField(label="共同出资，未分列")
    money = WaterfallSerializer(label="资金")
    goods = serializers.CharField(source="goods_words", label="实物")
    outcome = serializers.CharField(source="results", label="进展和成效")

    def get_project(self, share: Any) -> int | None:
        return _number(share.subject, "project")

    def get_programme(self, share: Any) -> int | None:
        return _number(share.subject, "programme")


def _number(subject: Any, kind: str) -> int | None:
    return int(subject.pk) if subject._meta.model_name == kind else None


class DonorSerializer(serializers.Serializer[Any]):
    """One donor over all counties that the account sees."""

    name = serializers.CharField(label="捐助方")
    kind_label = serializers.CharField(source="kind", label="类别（文字）")
    counties = serializers.IntegerField(label="县（个）")
    money = WaterfallSerializer(source="whole", label="资金", help_text="不含共同出资和实物")
    goods_value = AmountField(label="实物折价")
    outcome = serializers.CharField(source="results", label="成效")
    shares = DonorShareSerializer(many=True, label="用在哪里")


class SourceMoneySerializer(serializers.Serializer[Any]):
    """One source of a project or programme."""

    source = serializers.IntegerField(source="source.pk", label="资金来源编号")  # type: ignore[assignment]
    source_name = serializers.CharField(source="source.name", label="资金来源")
    kind = serializers.ChoiceField(choices=SourceKind.choices, source="source.kind", label="类别")
    kind_label = serializers.CharField(source="source.get_kind_display", label="类别（文字）")
    members = serializers.ListField(child=serializers.CharField(), label="共同出资方")
    basis = serializers.ChoiceField(
        choices=FundStage.choices, source="money.basis", allow_blank=True, label="计入合计的阶段"
    )
    money = CountedSerializer(label="资金")


class OwedSerializer(serializers.Serializer[Any]):
    """What was committed in writing and has not come."""

    line = serializers.IntegerField(source="line.id", label="资金编号")
    source = serializers.IntegerField(source="line.source", label="资金来源编号")  # type: ignore[assignment]
    stage = serializers.ChoiceField(choices=FundStage.choices, source="line.stage", label="阶段")
    recorded_on = serializers.DateField(source="line.day", label="承诺日期")
    amount = AmountField(label="尚未到位")
    days = serializers.IntegerField(label="已等（天）")


class DifferenceSerializer(serializers.Serializer[Any]):
    """Where the sources do not add up to the stated total."""

    stated = AmountField(label="总投资（照文件）")
    summed = AmountField(label="明细合计")
    amount = AmountField(label="相差")
    explanations = serializers.SerializerMethodField(label="合起来等于差额的明细编号")

    def get_explanations(self, found: Any) -> list[list[int]]:
        return [[line.id for line in lines] for lines in found.explanations]


class MoneySerializer(serializers.Serializer[Any]):
    """The waterfall of one project or programme, source by source."""

    stated = AmountField(label="总投资（照文件）")
    whole = CountedSerializer(label="合计")
    goods_value = AmountField(label="实物折价")
    difference = DifferenceSerializer(allow_null=True, label="总投资与明细的差额")
    sources = serializers.SerializerMethodField(label="各来源")
    waiting = OwedSerializer(source="owed", many=True, label="已承诺未到位")

    @extend_schema_field(SourceMoneySerializer(many=True))
    def get_sources(self, money: Money) -> Any:
        rows = [
            {"source": money.sources[part.source], "members": money.members(part), "money": part}
            for part in money.parts
        ]
        return SourceMoneySerializer(rows, many=True).data
