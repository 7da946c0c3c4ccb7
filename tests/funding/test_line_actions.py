"""Funding lines and sources: find or register the source, keep the document, refuse without a trace."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.http import Http404
from django.utils import timezone

from core import evidence
from core.actions import Refused, bootstrap
from core.models import AuditEvent, StoredFile
from funding import actions
from funding.models import FundingLine, FundingSource
from tests.world import World

PDF = b"%PDF-1.7 approval"


def workbook() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return stream.getvalue()


def upload(name: str = "批复.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.fixture
def record(world: World) -> Callable[..., FundingLine]:
    def call(by: str = "632322.clerk", **changed: Any) -> FundingLine:
        given = {
            "project": world.projects["632322"],
            "source": "援建企业",
            "stage": "received",
            "amount": Decimal("200000.00"),
            "recorded_on": date(2023, 4, 1),
            **changed,
        }
        return actions.record_line(by=world.account(by), **given)

    return call


def _files_on_disk() -> int:
    root = settings.MEDIA_ROOT
    return sum(path.is_file() for path in root.rglob("*")) if root.exists() else 0


def test_a_known_source_is_found_and_a_new_one_registered(
    world: World, record: Callable[..., FundingLine]
) -> None:
    known = FundingSource.objects.get(union=world.unions["632322"], name="援建企业")
    assert record(source=" 援建企业 ").source == known
    before = FundingSource.objects.count()
    with pytest.raises(Refused, match="第一次登记的来源") as refused:
        record(source="某基金会")
    assert refused.value.field == "source_kind" and FundingSource.objects.count() == before
    line = record(source="某基金会", source_kind="donation")
    assert (line.source.kind, line.source.county_id) == ("donation", 632322)
    assert AuditEvent.objects.filter(verb="funding.record_line").count() == 2


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"project": None}, "用于哪个"),
        ({"amount": Decimal(0)}, "金额|大于"),
        ({"amount": Decimal(-5)}, "金额|大于"),
        ({"stage": "promised"}, "阶段|promised"),
        ({"source": "  "}, "请填写资金来源"),
        ({"recorded_on": date(2999, 1, 1)}, "不能晚于今天"),
    ],
)
def test_wrong_input_is_refused_and_leaves_nothing(
    record: Callable[..., FundingLine], changed: dict[str, Any], sentence: str
) -> None:
    counts = FundingLine.objects.count(), FundingSource.objects.count(), _files_on_disk()
    events = AuditEvent.objects.count()
    with pytest.raises(Refused, match=sentence):
        record(**changed, evidence=upload())
    assert (FundingLine.objects.count(), FundingSource.objects.count(), _files_on_disk()) == counts
    assert AuditEvent.objects.count() == events


def test_a_line_belongs_to_one_project_or_programme(world: World, record: Callable[..., FundingLine]) -> None:
    with pytest.raises(Refused, match="只能填一个"):
        record(programme=world.programmes["632322"])
    line = record(project=None, programme=world.programmes["632322"])
    assert line.subject == world.programmes["632322"]


def test_rights_and_scope_hold(world: World, record: Callable[..., FundingLine]) -> None:
    with pytest.raises(Http404):
        record(by="632323.clerk")
    with pytest.raises(PermissionDenied):
        record(by="632300.reviewer")
    line = record()
    for action, arguments in (
        (actions.correct_line, {"note": "改"}),
        (actions.archive_line, {}),
    ):
        with pytest.raises(Http404):
            action(by=world.account("632323.clerk"), row=line, **arguments)
        with pytest.raises(PermissionDenied):
            action(by=world.account("630000.official"), row=line, **arguments)


def test_a_document_is_kept_with_its_check_sum(record: Callable[..., FundingLine]) -> None:
    stored = record(evidence=upload()).evidence
    assert stored is not None
    assert (stored.name, stored.size, stored.purpose) == ("批复.pdf", len(PDF), evidence.PURPOSE)
    assert len(stored.sha256) == 64 and stored.file.read() == PDF
    assert "批复" not in stored.file.name
    assert record(evidence=upload("明细.XLSX", workbook())).evidence is not None


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("批复.exe", PDF, "不支持这种文件"),
        ("批复.pdf", b"<html>", "内容与扩展名不符"),
        ("照片.jpg", b"\x89PNG\r\n\x1a\n", "内容与扩展名不符"),
        ("表.xlsx", b"PK\x03\x04 not a workbook", "内容与扩展名不符"),
        ("空.pdf", b"", "文件是空的"),
    ],
)
def test_a_wrong_document_is_refused(
    record: Callable[..., FundingLine], name: str, content: bytes, sentence: str
) -> None:
    before = _files_on_disk()
    with pytest.raises(Refused, match=sentence) as refused:
        record(evidence=upload(name, content))
    assert refused.value.field == "evidence" and not StoredFile.objects.exists()
    assert _files_on_disk() == before


def test_a_large_document_is_refused(record: Callable[..., FundingLine], monkeypatch: Any) -> None:
    monkeypatch.setattr(evidence, "MAX_MEGABYTES", 0)
    with pytest.raises(Refused, match="超过"):
        record(evidence=upload())


def test_a_correction_keeps_the_document_and_raises_the_version(
    world: World, record: Callable[..., FundingLine]
) -> None:
    line = record(evidence=upload())
    clerk = world.account("632322.clerk")
    changed = actions.correct_line(by=clerk, row=line, amount=Decimal("210000.00"), source="县级配套")
    assert (changed.amount, changed.version, changed.source.name) == (Decimal("210000.00"), 2, "县级配套")
    assert changed.evidence == line.evidence
    moved = actions.correct_line(by=clerk, row=changed, project=None, programme=world.programmes["632322"])
    assert moved.subject == world.programmes["632322"]


def test_an_archived_line_leaves_the_sums_and_frees_its_source(
    world: World, record: Callable[..., FundingLine]
) -> None:
    clerk = world.account("632322.clerk")
    line = record(source="某基金会", source_kind="donation")
    with pytest.raises(Refused, match="先归档明细"):
        actions.archive_source(by=clerk, row=line.source)
    actions.archive_line(by=clerk, row=line, reason="重复")
    actions.archive_source(by=clerk, row=line.source)
    assert not FundingLine.objects.active().filter(pk=line.pk).exists()
    assert record(source="某基金会").source.is_archived is False


def test_sources_are_known_once_per_union(world: World) -> None:
    clerk = world.account("632322.clerk")
    given = {"union": world.unions["632322"], "kind": "treasury"}
    source = actions.create_source(by=clerk, name="县财政", **given)
    with pytest.raises(Refused, match="同名资金来源"):
        actions.create_source(by=clerk, name="县财政 ", **given)
    actions.change_source(by=clerk, row=source, name="县财政局")
    source.refresh_from_db()
    assert (source.name, source.version) == ("县财政局", 2)


def test_the_database_refuses_what_the_actions_would(world: World) -> None:
    line = world.lines["632322-enterprise"]
    broken: list[dict[str, Any]] = [
        {"amount": 0},
        {"stage": "promised"},
        {"project": None},
        {"programme": world.programmes["632322"]},
        {"programme": world.programmes["632323"], "project": None},
    ]
    for values in broken:
        with (
            pytest.raises(IntegrityError),
            transaction.atomic(),
            bootstrap("test.write", lambda: world.accounts["admin"]),
        ):
            FundingLine.objects.filter(pk=line.pk).update(**values)
            _check_deferred()


def _check_deferred() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")


def test_tomorrow_is_not_recorded(record: Callable[..., FundingLine]) -> None:
    with pytest.raises(Refused, match="不能晚于今天"):
        record(recorded_on=timezone.localdate() + timedelta(days=1))
