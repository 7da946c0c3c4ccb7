"""Entries of a shop phone's queue: made without a network, signed with the device's key, sent when there is one.

An entry says: number, device time, what was scanned or typed, and the last four that the worker named. It is
judged by itself, so the verdict is the same in whatever order entries arrive.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime, timedelta
from typing import Any

from django.db.models import Q

from cases.checkin import workers
from cases.checkin.codes import TAG_CHARACTERS, base32, is_live, is_same, mac, read
from cases.checkin.leavers import Workers
from cases.checkin.shopfront import former_keys_of, key_of
from cases.models import CheckInDevice, MealCard, MealChannel, RejectionReason

LATEST = timedelta(hours=72)
DRIFT = timedelta(minutes=5)
BATCH = 100
# A worker's code may be a step older than the phone's clock says, beside the step it is accepted anyway.
CODE_STEPS = 2


class Malformed(ValueError):
    """Not what a phone of ours sends."""


@dataclass(frozen=True)
class Entry:
    """One entry as it was queued."""

    seq: int
    at: datetime
    code: str
    last4: str
    tag: str

    @classmethod
    def of(cls, sent: Any) -> "Entry":
        """Read what a phone sent."""
        try:
            seq, at = int(sent["seq"]), datetime.fromtimestamp(int(sent["at"]) / 1000, UTC)
            code, last4, tag = (str(sent[name])[:120] for name in ("code", "last4", "tag"))
        except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
            raise Malformed from error
        if not 0 < seq < 2**53 or at.year == MAXYEAR:
            raise Malformed
        return cls(seq, at, code, last4, tag)

    def is_signed(self, key: bytes) -> bool:
        return is_same(self.tag, tag_of(key, self.seq, self.at, self.code, self.last4))


def tag_of(key: bytes, seq: int, at: datetime, code: str, last4: str) -> str:
    """What the phone's key makes of an entry; static/js/shop.js makes the same."""
    text = f"entry|{seq}|{round(at.timestamp() * 1000)}|{code}|{last4}"
    return base32(mac(key, text), TAG_CHARACTERS)


@dataclass(frozen=True)
class Verdict:
    """Whose meal it would be and how it was proven, or why it is none.

    `is_signed` says that the phone made the entry, in this pairing or an earlier one.
    """

    person_id: int | None
    channel: str
    reason: RejectionReason | None = None
    sentence: str = ""
    is_signed: bool = True


def judge(
    entry: Entry, device: CheckInDevice, cards: Mapping[str, MealCard], now: datetime, drift: timedelta
) -> Verdict:
    """What an entry is worth. `drift` is how far the portal's clock is ahead of the phone's; `cards` are those
    that `names` asks for.
    """
    channel = MealChannel.WORKER_SCAN if entry.code.startswith("W.") else MealChannel.SHOP_SCAN
    card = cards.get(name_of(entry.code))
    person = card.person_id if card else None
    is_of_now = entry.is_signed(key_of(device))
    if not is_of_now and not any(entry.is_signed(key) for key in former_keys_of(device)):
        return Verdict(person, channel, *FORGED, is_signed=False)
    refusal = _why_not(entry, now, drift) or _why_not_card(entry, card, drift)
    refusal = refusal or (None if is_of_now else EARLIER)
    return Verdict(person, channel, *refusal) if refusal else Verdict(person, channel)


Refusal = tuple[RejectionReason, str]
FORGED: Refusal = (RejectionReason.UNKNOWN_CODE, "这条记录的校验不符，可能被改动过。")
EARLIER: Refusal = (
    RejectionReason.EARLIER_PAIRING,
    "这是这部手机重新配对以前扫的，没有计入。请县工会核实后在服务项目的页面上登记就餐。",
)


def _why_not(entry: Entry, now: datetime, drift: timedelta) -> Refusal | None:
    if abs(drift) > DRIFT or entry.at > now + DRIFT:
        return RejectionReason.CLOCK, "手机时间与系统相差超过 5 分钟。请在手机设置里打开“自动设置时间”。"
    if now - entry.at > LATEST:
        return RejectionReason.TOO_LATE, "扫码后超过 72 小时才传上来，不能再计入。"
    return None


def _why_not_card(entry: Entry, card: MealCard | None, drift: timedelta) -> Refusal | None:
    if card is None:
        return RejectionReason.UNKNOWN_CODE, "没有这张就餐卡，请核对卡号，或请职工用手机扫码。"
    if entry.code.startswith("W."):
        code = entry.code.rpartition(".")[2]
        if is_live(workers.key_of(card), code, entry.at + drift, CODE_STEPS):
            return None
        return RejectionReason.EXPIRED_CODE, "就餐码已过期。请职工重新打开“我的就餐码”。"
    parts = read(workers.PRINTED, entry.code)
    if parts is not None and int(parts[2]) != card.epoch:
        return RejectionReason.REPLACED_CARD, "这张卡已换新卡，旧卡作废。"
    if entry.last4.upper() not in {card.person.id_last4, card.person.mobile_last4} - {""}:
        return RejectionReason.WRONG_DIGITS, "末四位与持卡人不符。请职工报身份证号或手机号的末四位。"
    return None


def name_of(code: str) -> str:
    """Which card a code speaks of: `#` and its key, or its printed number; empty where it is no code."""
    if code.startswith("W."):
        number = code.split(".")[1]
        return f"#{number}" if number.isdecimal() else ""
    parts = read(workers.PRINTED, code)
    if parts is not None:
        return f"#{parts[1]}"
    return code if len(code) == workers.CARD_DIGITS and code.isdecimal() else ""


def cards_of(entries: Iterable[Entry], programme: Any) -> tuple[dict[str, MealCard], Workers]:
    """The cards that the entries speak of, by name, with the workers whose they are."""
    names = {name_of(entry.code) for entry in entries} - {""}
    keys = [int(name[1:]) for name in names if name[0] == "#"]
    cards = MealCard.objects.filter(programme=programme, archived_at__isnull=True)
    cards = cards.filter(Q(pk__in=keys) | Q(card_no__in=names))
    people = Workers({card.person_id for card in cards})
    found: dict[str, MealCard] = {}
    for card in cards:
        if worker := people.found.get(card.person_id):
            card.person = worker
            found |= {f"#{card.pk}": card, card.card_no: card}
    return found, people
