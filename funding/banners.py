"""What is wrong with the money of a row: the difference as it stands now, and what the checks have found."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse

from core.models import Finding
from core.money import spoken, wan_text
from funding.explaining import explanation
from funding.models import FundingLine
from funding.money import STAGE_LABELS, Money
from funding.pages import lines_url
from funding.reconciliation import Difference, Waterfall
from funding.same_grants import Twice, reported_twice

# The check that keeps the difference as a finding (`metrics.checks.parts`).
TOTAL_CHECK = "parts_against_total"
# The check that finds a grant reported twice; it names both projects (`metrics.checks.duplicates`).
SAME_GRANT = "same_grant"
# How many cards of that kind a page shows, and how many other lines a card names.
CARDS, NAMED = 3, 3


def banners(money: Money, account: Any) -> list[dict[str, Any]]:
    """For components/findings.html."""
    subject = money.subject
    own = Q(subject_type=subject._meta.label_lower, subject_id=subject.pk)
    shared = Q(check_key=SAME_GRANT, detail__subjects__contains=[f"{subject._meta.label_lower}:{subject.pk}"])
    kept = list(Finding.objects.visible_to(account).filter(own | shared, county_id=subject.county_id))
    off = money.difference
    same = next((finding for finding in kept if finding.check_key == TOTAL_CHECK), None)
    shown = [_difference(money, off, same)] if off else []
    open_ones = [finding for finding in kept if _is_open(finding) and not (off and finding is same)]
    shown += [_kept(finding) for finding in open_ones if finding.check_key != SAME_GRANT]
    shown += _same_grants([finding for finding in open_ones if finding.check_key == SAME_GRANT], subject)
    shown += _reported_twice(subject, account)
    return shown + [_exceeded(money, part) for part in money.parts if part.is_exceeded]


def _reported_twice(subject: Any, account: Any) -> list[dict[str, Any]]:
    """What the nightly check will find and has not yet: told at once to who has just recorded it."""
    lines = FundingLine.objects.visible_to(account).filter(county_id=subject.county_id)
    own = [one for one in reported_twice(lines) if subject in (one.first.subject, one.second.subject)]
    if not own:
        return []
    found = Finding.objects.visible_to(account).filter(
        check_key=SAME_GRANT, subject_id__in=[one.second.pk for one in own]
    )
    told = set(found.exclude(state=Finding.State.CORRECTED).values_list("subject_id", flat=True))
    by_line: dict[FundingLine, list[Twice]] = {}
    for one in own:
        if one.second.pk not in told:
            mine = one.second if one.second.subject == subject else one.first
            by_line.setdefault(mine, []).append(one)
    cards = [_twice(mine, pairs) for mine, pairs in by_line.items()]
    return [*cards[:CARDS], *_more(len(cards) - CARDS, "笔可能报了两次", lines_url(subject))]


def _twice(mine: FundingLine, pairs: list[Twice]) -> dict[str, Any]:
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


def _same_grants(kept: list[Finding], subject: Any) -> list[dict[str, Any]]:
    """What the nightly check found of this kind; many of them are told as a number."""
    query = {"county": subject.county_id, "check_key": SAME_GRANT, "state": "all"}
    url = f"{reverse('findings-list')}?{urlencode(query)}"
    return [*map(_kept, kept[:CARDS]), *_more(len(kept) - CARDS, "条“同一笔资金报了两次”", url)]


def _more(count: int, what: str, url: str) -> list[dict[str, Any]]:
    if count <= 0:
        return []
    return [{"title": f"还有 {count} {what}，没有逐条列在这里。", "url": url, "action": "查看全部"}]


def _is_open(finding: Finding) -> bool:
    """What was put right at the source needs nobody any more."""
    return finding.state != Finding.State.CORRECTED


def _kept(finding: Finding) -> dict[str, Any]:
    return {
        "title": finding.message,
        "text": finding.explanation,
        "state": finding.get_state_display(),
        **_link(finding),
    }


def _link(finding: Finding) -> dict[str, str]:
    """Where the finding is explained."""
    action = "处理" if finding.state == Finding.State.OPEN else "查看"
    return {"url": reverse("findings-detail", args=[finding.pk]), "action": action}


def _difference(money: Money, off: Difference, kept: Finding | None) -> dict[str, Any]:
    stated, summed, gap = map(spoken, (off.stated, off.summed, abs(off.amount)))
    title = f"总投资 {stated}，明细合计 {summed}，相差 {gap}。"
    text = "请核对总投资和各来源的金额；系统不会自动改动。"
    if equal := explanation(off, money.name, {line.id for line in money.in_kind}):
        text = f"{equal}请核对是否计入了总投资。"
    if kept and kept.explanation:
        text += f" 已有说明：{kept.explanation}"
    state = kept.get_state_display() if kept else "待核"
    return {"title": title, "text": text, "state": state, **(_link(kept) if kept else {})}


def _exceeded(money: Money, part: Waterfall) -> dict[str, Any]:
    words = [
        f"{label} {wan_text(part.at(stage))}"
        for stage, label in STAGE_LABELS.items()
        if part.at(stage) is not None
    ]
    return {
        "title": f"{money.name(part)}：到位多于批复、承诺或申报的金额，或支出、退回多于到位。",
        "text": f"{'，'.join(words)}。请核对是否漏记或重复。",
        "state": "待核",
    }
