"""Documents, the figures they print, what counties declared in them, and targets."""

from config.demo.data import printed_rows, read
from metrics.models import DeclaredFigure, IndicatorTarget, PrintedFigure, SourceDocument
from unions.models import Union

DECLARED_QUARTER = "2022Q4"
DECLARING_DOCUMENT = "S0"


def load_documents(unions: dict[int, Union]) -> None:
    """Sources first, then every figure as printed; nothing is repaired."""
    data = read("documents")
    sources = {
        row["编号"]: SourceDocument(
            code=row["编号"], title=row["名称"], issuer=row["单位"], published_on=row["日期"]
        )
        for row in data["文献"]
    }
    SourceDocument.objects.bulk_create(sources.values())
    PrintedFigure.objects.bulk_create(_printed(row, sources, unions) for row in printed_rows())
    DeclaredFigure.objects.bulk_create(
        DeclaredFigure(
            indicator=row["指标"],
            quarter=DECLARED_QUARTER,
            group_key="ownership",
            group_value=row["组别"],
            numerator=row["分子"],
            denominator=row["分母"],
            printed=row["原文"],
            document=sources[DECLARING_DOCUMENT],
            **unions[row["区划"]].stamp(),
        )
        for row in data["申报"]
    )


def _printed(
    row: dict[str, str], sources: dict[str, SourceDocument], unions: dict[int, Union]
) -> PrintedFigure:
    return PrintedFigure(
        code=row["编号"],
        topic=row["主题"],
        label=row["项目"],
        value_text=row["数值"],
        unit=row["单位"],
        qualifier=row["精度"],
        as_of=row["截至"],
        document=sources[row["文献"]],
        is_uncertain=row["原文不清"] == "是",
        note=row["备注"],
        **unions[int(row["区划"])].stamp(),
    )


def load_targets(unions: dict[int, Union]) -> None:
    """Targets of the province."""
    IndicatorTarget.objects.bulk_create(
        IndicatorTarget(
            indicator=row["指标"],
            union=unions[row["区划"]],
            value=row["目标"],
            direction=row["要求"],
            from_quarter=row["起"],
            source=row["依据"],
        )
        for row in read("targets")
    )
