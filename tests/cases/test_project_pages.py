"""The tables that are filled in at once, the photos and the page of a project, as people meet them."""

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from cases import actions, photos
from cases.models import Milestone, Project, ProjectPhoto, Visit
from core.models import AuditEvent, StoredFile
from tests.world import PASSWORD, World

TIBETAN = "བོད་ལྗོངས་" * 5


@pytest.fixture
def clerk(client: Client, world: World) -> Client:
    assert client.login(username="632322.clerk", password=PASSWORD)
    return client


@pytest.fixture
def project(world: World) -> Project:
    return world.projects["632322"]


def text(answer: Any) -> str:
    return str(answer.content.decode())


def opened(world: World, project: Project) -> Project:
    by = world.account("632322.clerk")
    actions.record_acceptance(by=by, row=project, accepted_on=date(2023, 9, 20), verdict="passed")
    actions.advance_stage(by=by, row=project, stage="in_use", on=date(2023, 9, 25))
    project.refresh_from_db()
    return project


def test_a_field_of_the_kind_that_is_missing_is_told_like_every_other(clerk: Client) -> None:
    answer = clerk.post("/projects/new/", {"kind": "oxygen_bar", "name": "新氧吧", "stage": "proposed"})
    assert answer.status_code == 422 and "请填写建筑面积" in text(answer) and "必填项" not in text(answer)


def test_the_page_shows_each_field_of_its_own_kind_once(clerk: Client, project: Project) -> None:
    page = text(clerk.get(f"/projects/{project.pk}/"))
    assert page.count("建筑面积") == 1 and "2,049.68 平方米" in page and "阵地类型" not in page


# --- milestones


def test_milestones_are_edited_in_place(clerk: Client, world: World, project: Project) -> None:
    by = world.account("632322.clerk")
    step = actions.add_milestone(by=by, project=project, label="招标", planned_on=date(2023, 4, 1))
    old = actions.add_milestone(by=by, project=project, label="选址")
    address = f"/projects/{project.pk}/milestones/"
    page = text(clerk.get(address))
    assert "招标" in page and 'name="label-new4"' in page
    given = {
        f"label-{step.pk}": TIBETAN,
        f"planned-{step.pk}": "2023年4月2日",
        f"version-{step.pk}": "1",
        f"label-{old.pk}": "选址",
        f"version-{old.pk}": "1",
        f"removed-{old.pk}": "on",
        "planned-new1": "2023-05-01",
    }
    page = text(clerk.post(address, given))
    assert "填了日期，请写明是哪个节点" in page and "勾选了“删去”，请写明理由" in page and TIBETAN in page
    answer = clerk.post(address, {**given, "label-new1": "开工", "reason": "已有场地"})
    assert (answer.status_code, answer["Location"]) == (302, f"/projects/{project.pk}/")
    now = Milestone.objects.filter(project=project, archived_at__isnull=True)
    assert set(now.values_list("label", "planned_on")) == {
        (TIBETAN, date(2023, 4, 2)),
        ("开工", date(2023, 5, 1)),
    }
    assert AuditEvent.objects.get(verb="cases.arrange_milestones").reason == "已有场地"
    assert TIBETAN in text(clerk.get(f"/projects/{project.pk}/"))


def test_two_people_at_the_same_table_of_milestones(clerk: Client, world: World, project: Project) -> None:
    by = world.account("632322.head")
    step = actions.add_milestone(by=by, project=project, label="招标")
    other = actions.add_milestone(by=by, project=project, label="开工")
    address = f"/projects/{project.pk}/milestones/"
    given = {
        f"label-{step.pk}": "邀请招标",
        f"version-{step.pk}": "1",
        f"label-{other.pk}": "破土",
        f"version-{other.pk}": "1",
    }
    actions.change_milestone(by=by, row=step, label="公开招标")
    actions.archive_milestone(by=by, row=other, reason="重复")
    answer = clerk.post(address, given)
    page = text(answer)
    assert answer.status_code == 409 and "刚被别人" in page
    assert "现在登记的是：公开招标" in page and "邀请招标" in page and "已被别人删去" in page
    again = clerk.post(address, {**given, f"version-{step.pk}": "2", f"version-{other.pk}": ""})
    assert again.status_code == 302
    now = Milestone.objects.filter(project=project, archived_at__isnull=True)
    assert [row.label for row in now] == ["邀请招标"]


# --- a month of use


def test_a_month_is_entered_on_one_page(clerk: Client, world: World, project: Project) -> None:
    address = f"/projects/{project.pk}/month/?month=2023-09"
    assert "还没有投入使用" in text(clerk.get(address))
    opened(world, project)
    page = text(clerk.get(address))
    assert "09-25 周一" in page and "09-24" not in page and "下个月" in page and "上个月" not in page
    given = {
        "month": "2023-09",
        "times-2023-09-25": "31",
        "hours-2023-09-25": "１８．５",
        "times-2023-09-26": "0",
    }
    wrong = text(clerk.post(address, {**given, "times-2023-09-27": "很多", "hours-2023-09-28": "2"}))
    assert "输入整数" in wrong and "请填写人次" in wrong and "很多" in wrong
    answer = clerk.post(address, given)
    assert answer["Location"] == f"/projects/{project.pk}/month/?month=2023-09"
    rows = Visit.objects.filter(project=project).order_by("visited_on")
    assert list(rows.values_list("person_times", "oxygen_hours")) == [(31, Decimal("18.5")), (0, None)]
    versions = {"version-2023-09-25": "1", "version-2023-09-26": "1"}
    changed = {**given, **versions, "times-2023-09-25": "32"}
    assert "请写明更正理由" in text(clerk.post(address, changed))
    clerk.post(address, {**changed, "correction": "漏记一人"})
    assert AuditEvent.objects.filter(verb="cases.record_month").latest("pk").reason == "漏记一人"
    stale = clerk.post(address, {**changed, "times-2023-09-25": "40", "correction": "再改"})
    assert stale.status_code == 409 and "现在登记的是：32 人次" in text(stale)


def test_the_page_shows_use_and_what_one_visit_cost(clerk: Client, world: World, project: Project) -> None:
    opened(world, project)
    page = text(clerk.get(f"/projects/{project.pk}/"))
    assert "还没有登记过人次" in page
    clerk.post(
        f"/projects/{project.pk}/month/?month=2023-09",
        {"month": "2023-09", "times-2023-09-25": "30", "times-2023-09-26": "10"},
    )
    page = text(clerk.get(f"/projects/{project.pk}/"))
    assert "40 人次" in page and "还没有“支出”明细" in page and "2023-09" in page and "30 天" in page
    clerk.post(
        f"/projects/{project.pk}/record-line/",
        {"source": "县级配套", "stage": "spent", "amount": "1000", "recorded_on": "2023-09-01"},
    )
    page = text(clerk.get(f"/projects/{project.pk}/"))
    assert "25.00 元" in page and "已支出 1,000.00 元 ÷ 40 人次" in page


def test_an_official_is_offered_no_table(client: Client, world: World, project: Project) -> None:
    opened(world, project)
    assert client.login(username="630000.official", password=PASSWORD)
    page = text(client.get(f"/projects/{project.pk}/"))
    assert "编排节点" not in page and "按月登记使用" not in page
    for part in ("milestones", "month"):
        assert client.get(f"/projects/{project.pk}/{part}/").status_code == 403
        assert client.post(f"/projects/{project.pk}/{part}/", {}).status_code == 403


# --- photos


def camera(kind: str = "JPEG", size: tuple[int, int] = (2400, 1600)) -> bytes:
    """A picture as a phone writes it: turned, dated, with the place."""
    image, stream = Image.new("RGB", size, "teal"), io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "SECRETPHONE"
    exif.get_ifd(0x8769)[0x9003] = "2023:05:17 10:20:30"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (35.0, 1.0, 57.0)
    image.save(stream, kind, exif=exif)
    return stream.getvalue()


def add(client: Client, project: Project, content: bytes, name: str = "工地.jpg", **more: str) -> Any:
    given = {"photo": SimpleUploadedFile(name, content), "caption": "主体完工", **more}
    return client.post(f"/projects/{project.pk}/photo/", given)


def test_a_photo_keeps_its_picture_and_nothing_of_the_camera(clerk: Client, project: Project) -> None:
    assert b"SECRETPHONE" in camera()
    assert add(clerk, project, camera()).status_code == 302
    photo = ProjectPhoto.objects.get()
    assert photo.taken_on == date(2023, 5, 17)
    for address, edge in (("", 1920), ("small/", 360)):
        answer = clerk.get(f"/photos/{photo.pk}/{address}")
        assert answer["Content-Type"] == "image/jpeg" and answer["X-Content-Type-Options"] == "nosniff"
        content = answer.getvalue()
        image = Image.open(io.BytesIO(content))
        assert max(image.size) == edge and image.height > image.width  # turned upright
        assert not image.getexif() and b"SECRETPHONE" not in content
    page = text(clerk.get(f"/projects/{project.pk}/"))
    assert f"/photos/{photo.pk}/small/" in page and "主体完工" in page
    assert f"/photos/{photo.pk}/" in text(clerk.get(f"/project_photos/{photo.pk}/"))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<script>alert(1)</script>", "不是 jpg 或 png 照片"),
        (b"GIF89a" + b"\0" * 40, "不是 jpg 或 png 照片"),
        (camera()[:4000], "照片已损坏"),
        (b"", "空"),
    ],
)
def test_what_is_no_photo_is_refused(clerk: Client, project: Project, content: bytes, sentence: str) -> None:
    answer = add(clerk, project, content, taken_on="2023-05-01")
    assert answer.status_code == 422 and sentence in text(answer)
    assert not StoredFile.objects.exists()


def test_a_photo_too_large_is_refused(
    clerk: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photos, "MAX_PIXELS", 1000)
    assert "像素太多" in text(add(clerk, project, camera()))
    monkeypatch.setattr(photos, "MAX_MEGABYTES", 0)
    assert "请缩小后再上传" in text(add(clerk, project, camera()))


def test_a_picture_without_a_day_asks_for_it(clerk: Client, project: Project) -> None:
    stream = io.BytesIO()
    Image.new("RGBA", (40, 30), (1, 2, 3, 4)).save(stream, "PNG")
    answer = add(clerk, project, stream.getvalue(), "图.png")
    assert answer.status_code == 422 and "没有拍摄日期，请填写" in text(answer)
    assert not StoredFile.objects.exists()
    assert add(clerk, project, stream.getvalue(), "图.png", taken_on="2023-05-01").status_code == 302


def test_a_photo_is_seen_in_scope_only(client: Client, clerk: Client, project: Project) -> None:
    add(clerk, project, camera())
    address = f"/photos/{ProjectPhoto.objects.get().pk}/"
    assert client.login(username="632323.clerk", password=PASSWORD)
    assert client.get(address).status_code == 404
    client.logout()
    assert client.get(address).status_code == 302


# --- the parts' own pages


def test_the_forms_of_parts_choose_the_project_once(clerk: Client, project: Project) -> None:
    page = text(clerk.get(f"/milestones/new/?project={project.pk}"))
    assert f"{project.name} #{project.pk}" in page
    answer = clerk.post("/milestones/new/", {"project": f"{project.name} #{project.pk}", "label": "招标"})
    step = Milestone.objects.get(label="招标")
    assert answer["Location"] == f"/milestones/{step.pk}/"
    assert 'name="project"' not in text(clerk.get(f"/milestones/{step.pk}/edit/"))
    clerk.post(f"/milestones/{step.pk}/archive/", {"reason": "不用招标"})
    page = text(clerk.get(f"/milestones/{step.pk}/"))
    assert "不用招标" in page and "已归档" in page
    assert "招标" not in text(clerk.get("/milestones/")) and "招标" in text(
        clerk.get("/milestones/?scope=all")
    )


def test_overdue_steps_are_found(clerk: Client, world: World, project: Project) -> None:
    by = world.account("632322.clerk")
    actions.add_milestone(by=by, project=project, label="逾期的", planned_on=date(2023, 1, 1))
    actions.add_milestone(by=by, project=project, label="完成的", reached_on=date(2023, 1, 1))
    page = text(clerk.get("/milestones/?state=overdue"))
    assert "逾期的" in page and "已逾期" in page and "完成的" not in page
    assert "有逾期节点" in text(clerk.get(f"/projects/{project.pk}/"))


@pytest.mark.parametrize("verb", ["stage", "correct-stage", "acceptance", "progress", "equipment"])
def test_the_forms_of_a_project_open(clerk: Client, project: Project, verb: str) -> None:
    assert clerk.get(f"/projects/{project.pk}/{verb}/").status_code == 200
