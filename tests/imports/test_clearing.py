"""Uploaded files, full of ID numbers, go as soon as nothing waits for them; forgotten batches are given up."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from core import scope, tasks
from core.actions import Refused
from core.imports import actions, clearing
from core.imports.returning import return_held
from core.models import AuditEvent, ImportBatch
from members.models import Person
from tests.imports.conftest import check, commit, counts, upload
from tests.world import World, id_number

UNION = "632322-0001"


@pytest.fixture
def clerk(county: World) -> Any:
    return county.account("632322.clerk")


def table(tmp_path: Path, *rows: tuple[str, int, str], name: str = "members.csv") -> Path:
    lines = ["姓名,身份证号,所在工会,入会日期"]
    lines += [f"{person},{id_number(number)},{UNION},{day}" for person, number, day in rows]
    path = tmp_path / name
    path.write_text("\n".join(lines))
    return path


def has_file(batch: ImportBatch) -> bool:
    return bool(batch.file.file.storage.exists(batch.file.file.name))


def given_up_and_finished() -> list[int]:
    """What the night clears by rows; files without a row go by the time of the disk, whatever other tests left."""
    return list(tasks.clear_imports()[:2])


def returned(by: Any, batch: ImportBatch) -> list[Any]:
    stream = BytesIO()
    return_held(by=by, row=batch, stream=stream)
    return [[cell.value for cell in line] for line in load_workbook(stream).worksheets[0]]


def test_the_file_goes_with_the_commit_and_held_rows_go_on(
    clerk: Any, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    batch = check(clerk, table(tmp_path, ("王兰", 901, "2023-01-05"), ("李梅", 902, "某日")))
    assert has_file(batch)
    with django_capture_on_commit_callbacks(execute=True):
        batch = commit(clerk, batch)
    assert not has_file(batch)
    assert returned(clerk, batch)[1][:4] == ["李梅", id_number(902), UNION, "某日"]
    following = actions.continue_held(by=clerk, row=batch)
    following = actions.fix_rows(by=clerk, row=following, cells={3: {"joined_on": "2023-02-01"}})
    with django_capture_on_commit_callbacks(execute=True):
        assert counts(commit(clerk, following)) == (1, 0, 0, 0)


def test_a_row_that_commit_holds_is_sealed_before_the_file_goes(
    clerk: Any, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    path = table(tmp_path, ("王兰", 901, "2023-01-05"))
    late, early = check(clerk, path), check(clerk, path)
    commit(clerk, early)
    with django_capture_on_commit_callbacks(execute=True):
        late = commit(clerk, late)
    assert counts(late) == (0, 0, 0, 1) and not has_file(late)
    assert returned(clerk, late)[1][:2] == ["王兰", id_number(901)]


def test_an_undecided_batch_is_given_up_after_thirty_days(
    clerk: Any, county: World, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    path = table(tmp_path, ("王兰", 901, "2023-01-05"))
    old, young = check(clerk, path), check(clerk, path)
    with scope.applied(clerk):
        ages = ((old, timedelta(days=31)), (young, timedelta(days=29)))
        for batch, age in ages:
            ImportBatch.objects.filter(pk=batch.pk).update(created_at=timezone.now() - age)
    with django_capture_on_commit_callbacks(execute=True):
        assert given_up_and_finished() == [1, 1]
    with scope.applied(clerk):
        old, young = ImportBatch.objects.get(pk=old.pk), ImportBatch.objects.get(pk=young.pk)
        event = AuditEvent.objects.get(verb="imports.discard")
        assert (old.state, young.state) == ("discarded", "checked")
        assert "30 天" in old.message and not old.rows.exists() and young.rows.exists()
        assert event.target_id == old.pk and event.reason and event.county_id == old.county_id
        assert not old.file.file and has_file(young)
    with pytest.raises(Refused):
        commit(clerk, old)
    browser = Client()
    browser.force_login(clerk)
    assert "上传 30 天仍没有确认的批次会自动放弃" in browser.get("/imports/").content.decode()
    assert old.message in browser.get(f"/imports/{old.pk}/").content.decode()


def test_a_file_that_a_killed_worker_left_is_removed_at_night(clerk: Any, tmp_path: Path) -> None:
    done = commit(clerk, check(clerk, table(tmp_path, ("王兰", 901, "2023-01-05"))))
    waiting = upload(clerk, table(tmp_path, ("李梅", 902, "2023-01-05"), name="second.csv"))
    assert has_file(done)
    storage, name = done.file.file.storage, done.file.file.name
    assert given_up_and_finished() == [0, 1]
    assert not storage.exists(name) and has_file(waiting)
    assert given_up_and_finished() == [0, 0]
    with scope.applied(clerk):
        assert Person.objects.filter(name="王兰").exists()


def test_a_file_that_no_row_names_goes_after_a_day(clerk: Any, tmp_path: Path) -> None:
    """What a web server leaves that is killed between writing the file and its row."""
    batch = check(clerk, table(tmp_path, ("王兰", 901, "2023-01-05")))
    storage = batch.file.file.storage
    left = storage.save("files/2023/01/left.csv", ContentFile(b"x"))
    written, minute = storage.get_modified_time(left), timedelta(minutes=1)
    clearing.remove_orphans(written + clearing.ORPHAN_AFTER - minute)
    assert storage.exists(left)
    assert clearing.remove_orphans(written + clearing.ORPHAN_AFTER + minute) >= 1
    assert not storage.exists(left) and has_file(batch)
