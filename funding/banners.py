"""What is wrong with the money of a row, worked out as it stands now, and what people said of it.

The nightly check keeps the same as findings (`metrics.checks`). A page does not wait for it: what has been put
right is gone at once, and an explanation stands only beside the figures for which it was given.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse

from core import tables
from core.models import Finding
from core.money import wan_text
from funding.doubts import CHECKS, Doubt, doubts_of, gap_words
from funding.models import FundingLine
from funding.money import STAGE_LABELS, Money
from funding.pages import lines_page, lines_url, of_subject
from funding.reconciliation import Waterfall
from funding.same_grants import (
    SAME_GRANT_CHECK,
    Twice,
    detail_of,
    first_of_each,
    reported_twice,
    words_of,
)

# How many cards of that kind a page shows, and how many other lines a card names.
CARDS, NAMED = 3, 3
State = Finding.State
Banner = dict[str, Any]


def banners(money: Money, account: Any) -> list[Banner]:
    """For components/findings.html."""
    subject = money.subject
    own = _findings(subject, account).filter(subject_type=subject._meta.label_lower, subject_id=subject.pk)
    kept = {finding.check_key: finding for finding in own}
    shown = [_banner(doubt, kept.get(doubt.check_key)) for doubt in doubts_of(money)]
    shown += [_kept(finding) for finding in own if finding.check_key not in CHECKS and _is_open(finding)]
    shown += _reported_twice(subject, account)
    return shown + [_exceeded(money, part) for part in money.parts if part.is_exceeded]


def _findings(subject: Any, account: Any) -> QuerySet[Finding]:
    found: QuerySet[Finding] = Finding.objects.visible_to(account).filter(county_id=subject.county_id)
    return found


def _is_open(finding: Finding) -> bool:
    """What was put right at the source needs nobody any more."""
    return finding.state != State.CORRECTED


def _banner(doubt: Doubt, kept: Finding | None) -> Banner:
    """What does not fit now, with the words of who explained just this."""
    if kept is None:
        return {"title": doubt.title, "text": doubt.text, "state": State.OPEN.label}
    is_told = kept.state in (State.EXPLAINED, State.KEPT) and kept.detail == doubt.detail
    said = f"已有说明：{kept.explanation}" if is_told else _said_before(kept)
    return {
        "title": doubt.title,
        "text": f"{doubt.text} {said}".strip(),
        "state": kept.get_state_display() if is_told else State.OPEN.label,
        **_link(kept),
    }


def _said_before(kept: Finding) -> str:
    """An explanation that was given for other figures; of one that is open again only the words are known."""
    if not kept.explanation or kept.state == State.CORRECTED:
        return ""
    gap = gap_words(kept.check_key, kept.detail) if kept.state != State.OPEN else ""
    when = f"上次说明时{gap}" if gap else "以前的说明"
    return f"{when}：{kept.explanation} 现在的数要重新核对说明。"


def _kept(finding: Finding) -> Banner:
    """What only the check knows, as it was found."""
    return {
        "title": finding.message,
        "text": f"{finding.explanation} （{tables.text(finding.opened_at)} 核对时发现）".strip(),
        "state": finding.get_state_display(),
        **_link(finding),
    }


def _link(finding: Finding) -> dict[str, str]:
    """Where the finding is explained."""
    action = "处理" if finding.state == State.OPEN else "查看"
    return {"url": reverse("findings-detail", args=[finding.pk]), "action": action}


def _reported_twice(subject: Any, account: Any) -> list[Banner]:
    """Money that may be reported here and elsewhere: what the check has found, and what it will find."""
    pairs = list(reported_twice(FundingLine.objects.visible_to(account).filter(county_id=subject.county_id)))
    own = [one for one in pairs if subject in (one.first.subject, one.second.subject)]
    if not own:
        return []
    found = _findings(subject, account).filter(
        check_key=SAME_GRANT_CHECK, subject_id__in=[one.second.pk for one in own]
    )
    kept = {finding.subject_id: finding for finding in found if _is_open(finding)}
    told = [one for one in first_of_each(pairs).values() if one in own and one.second.pk in kept]
    shown = [
        _banner(Doubt(SAME_GRANT_CHECK, words_of(one), detail_of(one)), kept[one.second.pk]) for one in told
    ]
    return [*_some(shown, subject), *_untold([one for one in own if one.second.pk not in kept], subject)]


def _some(shown: Sequence[Banner], subject: Any) -> list[Banner]:
    """Many of them are told as a number."""
    query = {"county": subject.county_id, "check_key": SAME_GRANT_CHECK, "state": "all"}
    url = f"{reverse('findings-list')}?{urlencode(query)}"
    return [*shown[:CARDS], *_more(len(shown) - CARDS, "条“同一笔资金报了两次”", url)]


def _untold(pairs: Iterable[Twice], subject: Any) -> list[Banner]:
    """What the nightly check will find and has not yet: told at once to who has just recorded it."""
    by_line: dict[FundingLine, list[Twice]] = {}
    for one in pairs:
        mine = one.second if one.second.subject == subject else one.first
        by_line.setdefault(mine, []).append(one)
    cards = [_twice(mine, own) for mine, own in by_line.items()]
    return [*cards[:CARDS], *_more(len(cards) - CARDS, "笔可能报了两次", lines_url(subject))]


def _twice(mine: FundingLine, pairs: list[Twice]) -> Banner:
    """One card of a line, whatever the number of others that look like it."""
    others = [(one.first if one.second == mine else one.second, one.agree) for one in pairs]
    words = "；与".join(f"{_line_words(other)}，{'、'.join(agree)}都相同" for other, agree in others[:NAMED])
    more = f"；另有 {len(others) - NAMED} 笔也这样" if len(others) > NAMED else ""
    return {
        "title": f"{mine.source}{mine.get_stage_display()} {wan_text(mine.amount)}可能是同一笔报了两次：与{words}{more}。",
        "text": "是同一笔的，请归档一条；是两笔的不用改，每晚核对后在“待核”里写明。",
        "state": "待核",
        "url": reverse("funding_lines-detail", args=[others[0][0].pk]),
        "action": "查看",
    }


def _line_words(line: FundingLine) -> str:
    number = f"，{line.document_no}" if line.document_no else ""
    amount = wan_text(line.amount)
    return f"“{line.subject}”{line.recorded_on}的{line.get_stage_display()} {amount}（{line.source}{number}）"


def _more(count: int, what: str, url: str) -> list[Banner]:
    if count <= 0:
        return []
    return [{"title": f"还有 {count} {what}，没有逐条列在这里。", "url": url, "action": "查看全部"}]


def _exceeded(money: Money, part: Waterfall) -> Banner:
    words = [
        f"{label} {wan_text(part.at(stage))}"
        for stage, label in STAGE_LABELS.items()
        if part.at(stage) is not None
    ]
    return {
        "title": f"{money.name(part)}：到位多于批复、承诺或申报的金额，或支出、退回多于到位。",
        "text": f"{'，'.join(words)}。请核对是否漏记或重复。",
        "url": lines_page(**of_subject(money.subject), source_id=part.source),
    }
