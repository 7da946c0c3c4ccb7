"""The pages of an import, from upload to undo, as a clerk clicks through them."""

from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from core.actions import bootstrap
from core.models import ImportBatch, Job
from members.models import Person
from tests.imports.conftest import DATA, work
from tests.world import PASSWORD, World
from unions.models import Employer


@pytest.fixture
def clerk(client: Client, county: World) -> Client:
    assert client.login(username="632322.clerk", password=PASSWORD)
    return client


def send(clerk: Client, name: str, **values: Any) -> Any:
    with (DATA / name).open("rb") as file:
        return clerk.post("/imports/new/?resource=members", {"file": file, **values})


def test_the_whole_path(clerk: Client, county: World) -> None:
    page = clerk.get("/imports/new/").content.decode()
    assert "会员" in page and "/imports/template/members/" in page
    answer = send(clerk, "members_excel.xlsx")
    assert answer.status_code == 302
    url = answer.url
    assert "正在核对表格" in clerk.get(url).content.decode()
    fragment = clerk.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "hx-get" in fragment and "<html" not in fragment
    work()
    assert clerk.get(url, headers={"HX-Request": "true"})["HX-Redirect"] == url
    page = clerk.get(url).content.decode()
    assert "确认导入 30 行" in page and "王" in page
    clerk.post(f"{url}commit/")
    clerk.post(f"{url}commit/")
    work()
    page = clerk.get(url).content.decode()
    assert "已导入" in page and "撤销这一批" in page
    assert Person.objects.count() >= 30
    assert "members_excel.xlsx" in clerk.get("/imports/").content.decode()
    assert "将删除这一批新增的" in clerk.get(f"{url}undo/").content.decode()
    clerk.post(f"{url}undo/")
    work()
    assert not Job.objects.exclude(state="succeeded").exists(), list(
        Job.objects.values_list("state", "error")
    )
    page = clerk.get(url).content.decode()
    assert "已撤销" in page and "登记册恢复到导入之前" in page


def test_the_same_file_is_recognised(clerk: Client) -> None:
    first = send(clerk, "members_excel.xlsx").url
    second = send(clerk, "members_excel.xlsx").url
    work()
    page = clerk.get(second).content.decode()
    assert "同一个文件已由" in page and first in page


def test_held_rows_come_back_with_their_problems(clerk: Client) -> None:
    url = send(clerk, "members_broken_ids.xlsx").url
    work()
    page = clerk.get(f"{url}?plan=held").content.decode()
    assert "后三位已经丢失" in page and "第 3 行" not in page
    answer = clerk.get(f"{url}held/")
    sheet = load_workbook(BytesIO(answer.getvalue())).active
    lines = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert lines[0][-1] == "问题" and len(lines) == 7
    assert "后三位已经丢失" in lines[1][-1]


def test_no_file_and_a_wrong_type_are_answered_with_a_sentence(clerk: Client) -> None:
    answer = clerk.post("/imports/new/?resource=members", {})
    assert answer.status_code == 422 and "请选择要导入的表格文件" in answer.content.decode()
    answer = clerk.post("/imports/new/?resource=members", {"file": BytesIO(b"x")})
    assert answer.status_code == 422 and "只能导入" in answer.content.decode()


def test_a_file_that_is_no_table_is_refused_with_one_sentence(clerk: Client) -> None:
    url = send(clerk, "members_password.xlsx").url
    work()
    page = clerk.get(url).content.decode()
    assert "文件设有打开密码" in page and "确认导入" not in page


def test_a_default_fills_blank_cells(clerk: Client) -> None:
    url = send(clerk, "members_nameless.xlsx", joined_on="2023.3.1", union="632322-0002").url
    work()
    assert "确认导入 10 行" in clerk.get(url).content.decode()


def test_another_countys_batch_is_not_found(clerk: Client, county: World) -> None:
    url = send(clerk, "members_excel.xlsx").url
    other = Client()
    assert other.login(username="632323.clerk", password=PASSWORD)
    steps = ["", "undo/", "held/"]
    assert [other.get(url + step).status_code for step in steps] == [404, 404, 404]
    assert [other.post(url + step).status_code for step in ("commit/", "recheck/", "discard/")] == [404] * 3
    assert "members_excel.xlsx" not in other.get("/imports/").content.decode()


def test_who_may_not_import_is_told_so(client: Client, county: World) -> None:
    assert client.login(username="630000.official", password=PASSWORD)
    assert client.get("/imports/").status_code == 403


def test_discarding_leaves_nothing(clerk: Client, django_capture_on_commit_callbacks: Any) -> None:
    url = send(clerk, "members_excel.xlsx").url
    work()
    with django_capture_on_commit_callbacks(execute=True):
        clerk.post(f"{url}discard/")
    batch = ImportBatch.objects.get()
    assert batch.state == "discarded" and not batch.rows.exists()
    assert not batch.file.file.storage.exists(batch.file.file.name)
    assert clerk.get(url).status_code == 200


def test_the_template_can_be_downloaded(clerk: Client) -> None:
    answer = clerk.get("/imports/template/members/")
    sheet = load_workbook(BytesIO(answer.getvalue())).worksheets[0]
    assert "身份证号" in [cell.value for cell in sheet[1]]


def test_the_update_table_is_offered_where_rows_are_listed(clerk: Client) -> None:
    assert "导出更新表" in clerk.get("/members/").content.decode()
    answer = clerk.get("/members/export/?as=update")
    sheet = load_workbook(BytesIO(answer.getvalue())).worksheets[0]
    assert "档案号" in [cell.value for cell in sheet[1]] and sheet.max_row > 1
    answer = clerk.get("/imports/template/members/?rows=1")
    assert load_workbook(BytesIO(answer.getvalue())).worksheets[0].max_row > 1


def test_what_was_archived_is_no_row_to_be_updated(clerk: Client, county: World) -> None:
    with bootstrap("demo.load", lambda: county.account("admin")):
        Employer.objects.filter(county_id=632322).update(archived_at=timezone.now())
    answer = clerk.get("/imports/template/employers/?rows=1")
    sheet = load_workbook(BytesIO(answer.getvalue())).worksheets[0]
    assert "示范企业" not in str([cell.value for row in sheet.iter_rows(min_row=2) for cell in row])


@pytest.mark.parametrize("address", ["/subsidy_grants/carry/", "/imports/1/commit/", "/imports/1/fill/"])
def test_a_step_that_only_a_button_takes_says_so_to_who_comes_back_from_signing_in(
    clerk: Client, address: str
) -> None:
    answer = clerk.get(address)
    assert answer.status_code == 405 and answer["Allow"]
    assert "这一步还没有执行" in answer.content.decode()
