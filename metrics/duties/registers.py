"""Spreadsheets, transfers and gaps of the registers."""

from typing import Any

from django.urls import reverse

from core.imports.pages.shared import UNSETTLED
from core.models import ImportBatch
from members.models import TransferState
from members.resources import OUTWARD, transfer_rows
from metrics.duties.base import Item, item
from unions.models import Account, LegalPersonRegistration, Union
from unions.resources import employer_rows

LISTED_UP_TO = 1_000


def imports(account: Account) -> list[Item]:
    batches = ImportBatch.objects.visible_to(account)
    waiting = batches.filter(state=ImportBatch.State.CHECKED)
    held = list(batches.filter(UNSETTLED).values_list("pk", flat=True)[:LISTED_UP_TO])
    url = reverse("imports-list")
    held_url = f"{reverse('imports-detail', args=held)}?plan=held" if len(held) == 1 else f"{url}?held=1"
    return [
        *item(waiting.count(), "份表格已核对，等待确认导入", "确认之前不写入任何数据。", url, "去确认"),
        *item(
            len(held),
            "份已导入的表格还有问题行",
            "可以在网页上改正，也可以写明理由了结。",
            held_url,
            "看问题行",
        ),
    ]


def transfers(account: Account) -> list[Item]:
    asked: Any = transfer_rows(account)
    waiting = asked.filter(state=TransferState.REQUESTED, direction=OUTWARD).count()
    url = f"{reverse('transfers-list')}?direction={OUTWARD}&state={TransferState.REQUESTED}"
    text = "别的工会申请转入我们的会员，请答复同意或不同意。"
    return item(waiting, "份会籍转接等待答复", text, url, "去答复")


def registers(account: Account) -> list[Item]:
    employers: Any = employer_rows(account).filter(archived_at__isnull=True, closed_on__isnull=True)
    uncounted = employers.filter(headcounts__isnull=True).count()
    uncovered = employers.filter(is_covered=False).count()
    unregistered = (
        Union.objects.visible_to(account)
        .active()
        .filter(level="grassroots", pk__in=_without_certificate(account))
        .count()
    )
    url = reverse("employers-list")
    return [
        *item(uncounted, "家单位没有登记职工数", "没有职工数，入会率就没有分母。", url, "去登记"),
        *item(uncovered, "家单位还没有建会", "应建会而未建会的单位。", f"{url}?covered=no", "看名单", "info"),
        *item(
            unregistered,
            "个基层工会没有法人证书",
            "法人登记率的差距在这里。",
            f"{reverse('unions-list')}?level=grassroots&certificate=no",
            "看名单",
            "info",
        ),
    ]


def _without_certificate(account: Account) -> Any:
    registered = LegalPersonRegistration.objects.visible_to(account).values("union_id")
    return Union.objects.visible_to(account).exclude(pk__in=registered).values("pk")
