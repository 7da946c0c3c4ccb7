"""Several files at once: every sheet becomes a batch of what its header shows; what is unclear is said."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook

from core import scope
from core.imports import actions, sorting
from core.imports.checking import Alone, check_batch
from core.imports.jobs import start_check
from core.imports.marking import is_kept
from core.models import ImportBatch, Job
from tests.imports.conftest import DATA, commit, work
from tests.world import PASSWORD, World, id_number

MEMBERS = ["姓名", "身份证号", "所在工会", "入会日期"]


@pytest.fixture
def clerk(client: Client, county: World) -> Client:
    assert client.login(username="632322.clerk", password=PASSWORD)
    return client


def workbook(**sheets: list[list[Any]]) -> SimpleUploadedFile:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    stream = BytesIO()
    book.save(stream)
    return SimpleUploadedFile("工作簿.xlsx", stream.getvalue())


def members(serial: int, union: str = "632322-0001") -> list[list[Any]]:
    return [MEMBERS, [f"王{serial}", id_number(serial), union, "2023-01-05"]]


def good(serial: int) -> list[list[Any]]:
    return [MEMBERS, ["王一", id_number(serial), "632322-0001", "2023-01-05"]]


def send(clerk: Client, *files: Any, field: str = "several") -> str:
    answer: Any = clerk.post("/imports/new/", {field: list(files)})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.url)


def read(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, Path(DATA / name).read_bytes())


def check_again(account: Any, batch: ImportBatch) -> ImportBatch:
    with scope.applied(account):
        start_check(batch, by=account)
    return check_batch(batch.pk, account, Alone(account))


def batches() -> list[tuple[str, str, str, int]]:
    found = ImportBatch.objects.order_by("file__name", "sheet")
    return [(b.resource, b.sheet, b.state, b.rows_new) for b in found]


def test_each_sheet_becomes_a_batch_of_its_kind(clerk: Client) -> None:
    employers = [
        ["单位名称", "单位性质", "列入名录日期"],
        ["尖扎示范企业88", "非公有制", "2020-01-01"],
    ]
    strange: list[list[Any]] = [["水果", "斤数"], ["苹果", 3]]
    book = workbook(一车间=members(901), 二车间=members(903), 单位=employers, 水果=strange)
    url = send(clerk, book, read("members_excel.xlsx"), SimpleUploadedFile("坏.xlsx", b"PK no table"))
    assert "正在读取文件" in clerk.get(url).content.decode()
    work()
    page = clerk.get(url).content.decode()
    assert "正在核对表格" in page and "工作表“水果”" in page and "必填列" in page
    work()
    assert clerk.get(url, headers={"HX-Request": "true"})["HX-Redirect"] == url
    page = clerk.get(url).content.decode()
    assert "hx-get" not in page and "坏.xlsx" in page and "一车间" in page
    one = ImportBatch.objects.get(sheet="一车间")
    assert "没有读取工作表" not in clerk.get(f"/imports/{one.pk}/").content.decode()
    found = batches()
    assert [(key, sheet) for key, sheet, *_ in found if sheet in ("一车间", "二车间", "单位")] == [
        ("members", "一车间"),
        ("members", "二车间"),
        ("employers", "单位"),
    ]
    assert {state for _, _, state, _ in found} == {"checked"} and len(found) == 4
    assert [new for *_, new in found if new == 30] == [30]


def test_a_folder_leaves_out_what_is_no_table(clerk: Client) -> None:
    others = [SimpleUploadedFile(name, b"x") for name in ("说明.docx", "~$members.xlsx", ".DS_Store")]
    url = send(clerk, read("members_excel.xlsx"), *others, field="folder")
    work()
    assert "说明.docx" not in clerk.get(url).content.decode() and len(batches()) == 1
    answer = clerk.post("/imports/new/", {"folder": others})
    assert answer.status_code == 422 and "没有选到表格" in answer.content.decode()
    answer = clerk.post("/imports/new/", {"several": [SimpleUploadedFile("空.xlsx", b"")]})
    assert answer.status_code == 422 and "“空.xlsx”是空的" in answer.content.decode()


def test_text_files_are_read_under_their_own_name(clerk: Client) -> None:
    send(clerk, read("members_utf8.csv"), read("members_gb18030.csv"))
    work()
    work()
    assert {state for _, _, state, _ in batches()} == {"checked"} and len(batches()) == 2


def test_the_other_sheets_of_a_batch(clerk: Client) -> None:
    book = workbook(一车间=members(901), 二车间=members(903), 三车间=members(905))
    url: Any = clerk.post("/imports/new/?resource=members", {"file": book})
    work()
    page = clerk.get(url.url).content.decode()
    assert "其余工作表各成一批" in page and "二车间、三车间" in page
    pile: Any = clerk.post(f"{url.url}other-sheets/")
    work()
    work()
    assert [sheet for _, sheet, *_ in batches()] == ["一车间", "三车间", "二车间"]
    page = clerk.get(pile.url).content.decode()
    assert all(sheet in page for sheet in ("一车间", "二车间", "三车间"))
    assert "看一起上传的全部表格" in clerk.get(url.url).content.decode()


def test_the_workbook_stays_until_its_last_sheet_is_settled(
    clerk: Client, county: World, django_capture_on_commit_callbacks: Any
) -> None:
    account = county.account("632322.clerk")
    send(clerk, workbook(一车间=members(901), 二车间=members(903), 三车间=members(905)))
    work()
    work()
    with scope.applied(account):
        first, second, third = ImportBatch.objects.order_by("pk")
    with django_capture_on_commit_callbacks(execute=True):
        commit(account, first)
        actions.discard(by=account, row=second)
    assert is_kept(third.file)
    assert check_again(account, third).state == "checked"
    with django_capture_on_commit_callbacks(execute=True):
        commit(account, third)
    assert not is_kept(third.file)


def test_the_good_rows_of_all_tables_are_committed_at_once(clerk: Client) -> None:
    bad = [*good(907), ["李错", "123", "632322-0001", "2023-01-05"]]
    url = send(clerk, workbook(一车间=good(901), 二车间=good(903), 三车间=bad))
    work()
    work()
    page = clerk.get(url).content.decode()
    assert "确认导入这 3 份，共 3 行" in page and "1</b> 行不写入，留下来处理" in page
    numbers = [batch.pk for batch in ImportBatch.objects.order_by("pk")]
    answer: Any = clerk.post(f"{url}commit/", {"batch": numbers})
    assert answer.url == url
    page = clerk.get(url).content.decode()
    assert "正在写入登记册" in page and "确认导入" not in page
    work()
    page = clerk.get(url).content.decode()
    assert "已写入登记册 3 份：新增 3 行，变更 0 行；还有 1 行有问题" in page and "确认导入" not in page
    assert {state for _, _, state, _ in batches()} == {"committed"}
    answer = clerk.post(f"{url}commit/", {"batch": numbers}, follow=True)
    assert "已经确认过" in answer.content.decode()


def test_a_table_whose_check_was_not_seen_is_not_committed(clerk: Client) -> None:
    url = send(clerk, workbook(一车间=good(901), 二车间=good(903)))
    work()
    work()
    seen = ImportBatch.objects.get(sheet="一车间")
    clerk.post(f"{url}commit/", {"batch": [seen.pk]})
    work()
    assert [(sheet, state) for _, sheet, state, _ in batches()] == [
        ("一车间", "committed"),
        ("二车间", "checked"),
    ]
    assert "确认导入这 1 份，共 1 行" in clerk.get(url).content.decode()


def test_a_table_that_could_not_be_written_says_why_among_the_others(clerk: Client, county: World) -> None:
    url = send(clerk, workbook(一车间=good(901), 二车间=good(903)))
    work()
    work()
    broken = ImportBatch.objects.get(sheet="二车间")
    ImportBatch.objects.filter(pk=broken.pk).update(message="登记册有变动。")
    page = clerk.get(url).content.decode()
    assert "工作簿.xlsx，工作表“二车间”</a>：登记册有变动。" in page


def test_one_table_alone_leads_straight_to_its_plan(clerk: Client) -> None:
    url = send(clerk, read("members_excel.xlsx"))
    work()
    answer: Any = clerk.get(url)
    assert (answer.status_code, answer.url) == (302, f"/imports/{ImportBatch.objects.get().pk}/")
    assert clerk.get(url, headers={"HX-Request": "true"})["HX-Redirect"] == answer.url


def test_the_help_sheet_of_a_template_is_no_table(clerk: Client) -> None:
    book = workbook(会员=members(901), 填写说明=[["会员"], ["一行一名会员。"]])
    url = send(clerk, book)
    work()
    work()
    answer: Any = clerk.get(url)
    assert answer.status_code == 302
    page = clerk.get(answer.url).content.decode()
    assert "填写说明" not in page


def test_members_without_their_union_are_known_as_members(clerk: Client) -> None:
    send(clerk, workbook(名单=[["姓名", "身份证号"], ["王一", id_number(907)]]))
    work()
    assert [key for key, *_ in batches()] == ["members"]


def test_an_unclear_sheet_is_read_as_what_the_clerk_says(clerk: Client) -> None:
    strange: list[list[Any]] = [["何人", "证号"], ["王一", id_number(908)]]
    url = send(clerk, workbook(一车间=good(901), 名单=strange))
    work()
    work()
    page = clerk.get(url).content.decode()
    assert "工作表“名单”" in page and "按此核对" in page
    assert "请先选定：文件里的其余工作表都处理完，文件就删除" in page
    number = ImportBatch.objects.get().file_id
    said = {"number": number, "sheet": "名单", "resource": "members"}
    answer: Any = clerk.post(url, said)
    assert answer.status_code == 302
    work()
    batch = ImportBatch.objects.get(chosen__sheet="名单")
    assert (batch.resource, batch.state) == ("members", "refused") and "读作" in clerk.get(
        answer.url
    ).content.decode()
    assert "按此核对" not in clerk.get(url).content.decode()
    assert clerk.post(url, said).status_code == 404


def test_an_unclear_sheet_of_a_file_that_is_gone_is_not_offered(
    clerk: Client, county: World, django_capture_on_commit_callbacks: Any
) -> None:
    strange: list[list[Any]] = [["何人", "证号"], ["王一", id_number(908)]]
    url = send(clerk, workbook(一车间=members(901), 名单=strange))
    work()
    work()
    with django_capture_on_commit_callbacks(execute=True):
        commit(county.account("632322.clerk"), ImportBatch.objects.get())
    page = clerk.get(url).content.decode()
    assert "工作表“名单”" in page and "请重新上传" in page and "按此核对" not in page


def test_the_progress_counts_the_files_that_are_still_to_be_read(clerk: Client) -> None:
    url = send(clerk, *(workbook(会员=members(serial)) for serial in (901, 903, 905)))
    assert 'max="3"' in clerk.get(url).content.decode()


def test_a_sorting_that_is_done_again_opens_nothing_twice(clerk: Client, county: World) -> None:
    send(clerk, workbook(一车间=members(901), 二车间=members(903)))
    account = county.account("632322.clerk")
    with scope.applied(account):
        job = Job.objects.get(kind=sorting.SORT)
    for _ in range(2):
        for number in job.arguments["files"]:
            sorting._sort_file(job, number)
    assert len(batches()) == 2
    work()
    assert {state for _, _, state, _ in batches()} == {"checked"}


def test_a_sheet_that_two_hands_open_at_once_is_opened_once(clerk: Client, county: World) -> None:
    """As by a second click on a page that still offers it, or by a job whose first worker was only slow."""
    account = county.account("632322.clerk")
    send(clerk, workbook(一车间=members(901)))
    work()
    batch = ImportBatch.objects.get()
    given = {"file": batch.file, "resource": "members", "sheet": "一车间", "pile": batch.pile}
    assert sorting.open_sheet(by=account, **given) == batch
    assert ImportBatch.objects.count() == 1


def test_a_file_that_is_lost_is_answered_with_a_sentence(clerk: Client) -> None:
    """As after a backup without the files."""
    send(clerk, workbook(一车间=members(901), 二车间=members(903)))
    work()
    stored = ImportBatch.objects.all()[0].file.file
    stored.storage.delete(stored.name)
    work()
    assert {batch.state for batch in ImportBatch.objects.all()} == {"refused"}
    page = clerk.get(f"/imports/{ImportBatch.objects.all()[0].pk}/").content.decode()
    assert "上传的文件已不在服务器上" in page


def test_another_county_does_not_find_the_pile(clerk: Client) -> None:
    url = send(clerk, read("members_excel.xlsx"))
    other = Client()
    assert other.login(username="632323.clerk", password=PASSWORD)
    assert other.get(url).status_code == 404
    assert other.post(f"{url}commit/").status_code == 404
