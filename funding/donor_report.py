"""A donor's report to take away: as PDF for the donor, as a table for those who go on counting."""

from collections.abc import Iterable
from typing import IO, Any

from django.utils import timezone

from core import export, pdf
from core.actions import action
from core.money import wan, wan_text
from core.rights import Right
from funding.donors import Donor, Share
from funding.models import FundingSource
from funding.money import STAGE_LABELS
from funding.reconciliation import Waterfall
from unions.models import Account

SUMS = ("承诺", "尚未到位", "结余")
NOTE = (
    "各阶段是同一笔钱在不同时候的样子，不相加。承诺取批复，没有批复的取承诺函，都没有的取到位；只申报、只有意向的不算承诺。"
    "共同出资没有分列各方金额，列在下面，不计入合计。实物按折价另列。"
)


@action("funding.report_donor", label="导出捐助方报告", right=Right.EXPORT, target="row")
def report_donor(*, by: Account, row: FundingSource, stream: IO[bytes], suffix: str) -> FundingSource:
    """Write the report of everybody of that name whom the actor may see."""
    donor = Donor(row, by)
    if suffix == ".pdf":
        stream.write(_document(donor, by))
    else:
        _sheet(donor, by, stream)
    return row


def title_of(donor: Donor) -> str:
    return f"{donor.name}捐助情况"


def _document(donor: Donor, by: Account) -> bytes:
    today = timezone.localdate().isoformat()
    own = [share for share in donor.shares if not share.is_joint]
    joint = [share for share in donor.shares if share.is_joint]
    story = [
        pdf.facts(_facts(donor), wide=True),
        pdf.heading("用在哪里、走到哪一步（万元）"),
        _table([*own, *joint], donor),
    ]
    goods = [(share, share.name, share.goods_words) for share in donor.shares if share.gifts]
    if goods:
        story.append(pdf.heading("实物（按折价，不计入资金合计）"))
        story += [pdf.text(f"{share.county}  {name}：{words}") for share, name, words in goods]
    story += [pdf.gap(4), pdf.text(NOTE, size=8)]
    foot = f"{by.union}  {today}"
    return pdf.document(title_of(donor), story, foot=foot, wide=True)


def _facts(donor: Donor) -> list[tuple[str, str]]:
    whole = donor.whole
    return [
        ("捐助方", donor.name),
        ("类别", donor.kind),
        ("承诺", wan_text(whole.promised)),
        ("已到位", wan_text(whole.at("received"))),
        ("已支出", wan_text(whole.at("spent"))),
        ("尚未到位", wan_text(whole.outstanding)),
        ("涉及", f"{donor.counties} 个县 {len({share.subject for share in donor.shares})} 个项目"),
        ("实物折价", wan_text(donor.goods_value)),
    ]


def _table(shares: list[Share], donor: Donor) -> Any:
    reached = reached_by(shares)
    amounts = (*reached.values(), *SUMS)
    rows = [(share.county, share.name, *_cells(share.money, reached), share.results) for share in shares]
    return pdf.table(
        ("县", "用于", *amounts, "进展和成效"),
        rows,
        shares=(2.4, 3.4, *(2 for _ in amounts), 4),
        numeric=frozenset(amounts),
        total=("合计", "", *_cells(donor.whole, reached), donor.results) if shares else None,
        wide=True,
    )


def reached_by(shares: list[Share]) -> dict[str, str]:
    """The stages that have any money, with their labels: so many columns that no amount is broken."""
    return {
        stage: label
        for stage, label in STAGE_LABELS.items()
        if any(share.money.at(stage) is not None for share in shares)
    }


def _cells(money: Waterfall, reached: Iterable[str]) -> list[str]:
    return [wan(part) for part in (*map(money.at, reached), money.promised, money.outstanding, money.left)]


def _sheet(donor: Donor, by: Account, stream: IO[bytes]) -> None:
    labels = [f"{label}（元）" for label in STAGE_LABELS.values()]
    headers = [
        "县",
        "用于",
        "共同出资",
        *labels,
        "承诺（元）",
        "尚未到位（元）",
        "结余（元）",
        "实物",
        "进展和成效",
    ]
    taken = timezone.localtime().strftime("%Y-%m-%d %H:%M")
    export.write_xlsx(
        stream,
        title="捐助情况",
        headers=headers,
        rows=(_line(share) for share in donor.shares),
        text_columns=(0, 1, 2, len(headers) - 2, len(headers) - 1),
        notes=[title_of(donor), f"导出：{by.union} {by.username} {taken}", NOTE],
    )


def _line(share: Share) -> list[Any]:
    money = share.money
    return [
        share.county,
        share.subject.name,
        "共同，未分列" if share.is_joint else "",
        *(money.at(stage) for stage in STAGE_LABELS),
        money.promised,
        money.outstanding,
        money.left,
        share.goods_words,
        share.results,
    ]
