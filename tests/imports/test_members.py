"""Members from real files: check, commit, undo, and every reason for which a row is held."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import scope
from core.actions import Refused, bootstrap, change
from core.crypto import keyed_hash
from core.imports import actions
from core.imports.returning import update_table
from core.models import AuditEvent, ImportRow
from core.resource import registry
from members import transferring
from members.actions import begin_spell, change_member, end_membership, transfer_member
from members.models import MemberGroupTag, Membership, Person
from tests.imports.conftest import DATA, check, commit, counts, problems, rows
from tests.world import World, add_union, id_number
from unions.actions import archive_union

HEADER = ["姓名", "身份证号", "所在工会", "入会日期"]
UNION = "632322-0001"
FILES = {
    "members_excel.xlsx": 30,
    "members_excel.xls": 30,
    "members_libreoffice.xlsx": 20,
    "members_libreoffice.xls": 20,
    "template_libreoffice.xlsx": 6,
    "template_libreoffice.xls": 6,
    "template_libreoffice.csv": 6,
    "members_wps.xlsx": 15,
    "members_titled.xlsx": 20,
    "members_titled.xls": 20,
    "members_grouped.xlsx": 25,
    "members_untidy.xlsx": 20,
    "members_gb18030.csv": 15,
    "members_utf8.csv": 15,
    "members_utf8_bom.csv": 15,
    "members_utf16.txt": 15,
}
Write = Callable[..., Path]


@pytest.fixture
def clerk(county: World) -> Any:
    return county.account("632322.clerk")


def images(model: Any) -> set[str]:
    """Every row of a table with every column but the version, which never goes back, as text."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"select (to_jsonb(t) - 'version')::text from {table} t")
        return {text for (text,) in cursor.fetchall()}


def register(clerk: Any) -> list[set[str]]:
    with scope.applied(clerk):
        return [images(model) for model in (Person, Membership, MemberGroupTag)]


@pytest.mark.parametrize("name", FILES)
def test_a_county_file_is_committed_and_taken_back(clerk: Any, name: str) -> None:
    before = register(clerk)
    batch = check(clerk, DATA / name)
    assert counts(batch) == (FILES[name], 0, 0, 0), problems(clerk, batch)
    batch = commit(clerk, batch)
    assert batch.state == "committed"
    with scope.applied(clerk):
        persons = Person.objects.visible_to(clerk).filter(pk__in=batch.rows.values("target_id"))
        assert persons.count() == FILES[name]
        assert Membership.objects.open().filter(person__in=persons).count() == FILES[name]
        assert all(person.verified_at and person.name_sort for person in persons)
    batch = actions.undo(by=clerk, row=batch)
    assert batch.kept == [] and register(clerk) == before


def test_numbers_that_excel_destroyed_are_held_with_the_remedy(clerk: Any) -> None:
    batch = check(clerk, DATA / "members_broken_ids.xlsx")
    found = problems(clerk, batch)
    assert counts(batch) == (6, 0, 0, 6) and sorted(found) == [3, 4, 6, 7, 8, 9]
    assert "设为“文本”格式" in found[3][0][1] and found[3][0][0] == "身份证号"
    assert "15 位的旧身份证号" in found[9][0][1]


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        (["", id_number(901), UNION, "2023-01-05"], "姓名", "没有填写"),
        (["王兰", "", UNION, "2023-01-05"], "身份证号", "没有填写"),
        (["王兰", id_number(901), "", "2023-01-05"], "所在工会", "没有填写"),
        (["王兰", id_number(901), UNION, ""], "入会日期", "没有填写"),
        (["王兰", id_number(901)[:17] + "A", UNION, "2023-01-05"], "身份证号", "不允许的字符"),
        (["王兰", id_number(901), "泽库县总工会", "2023-01-05"], "所在工会", "您管辖范围内没有工会"),
        (["王兰", id_number(901), "632323-0001", "2023-01-05"], "所在工会", "您管辖范围内没有工会"),
        (["王兰", id_number(901, "20150101"), UNION, "2023-01-05"], "入会日期", "不满 16 周岁"),
        (["王兰", id_number(901), UNION, "2098-01-05"], "入会日期", "晚于今天"),
        (["王兰", id_number(901), UNION, "23.1.5"], "入会日期", "两位"),
        (["王兰2", id_number(901), UNION, "2023-01-05"], "姓名", "不该出现的字符"),
        (["王兰", "**************901X", UNION, "2023-01-05"], "身份证号", "又没有档案号"),
    ],
)
def test_a_wrong_row_is_held_with_its_reason(
    clerk: Any, table: Write, line: list[str], column: str, words: str
) -> None:
    good = ["李梅", id_number(902), UNION, "2023-01-05"]
    batch = check(clerk, table(HEADER, line, good))
    assert counts(batch) == (1, 0, 0, 1)
    assert [(found, words in message) for found, message in problems(clerk, batch)[2]] == [(column, True)]


def test_all_that_is_wrong_with_a_new_row_is_said_at_once(clerk: Any, table: Write) -> None:
    head = [*HEADER, "学历"]
    path = table(
        head, ["王兰", id_number(901), "没有的工会", "", "研究"], ["示范尖甲", id_number(221), "", "", "研究"]
    )
    found = problems(clerk, check(clerk, path))
    assert [column for column, _ in found[2]] == ["学历", "所在工会", "入会日期"]
    assert [column for column, _ in found[3]] == ["学历"]


@pytest.mark.parametrize("typed", ["能科乡第3村（社区）联合工会", "能科乡第３村(社区)联合工会"])
def test_a_union_is_found_with_either_brackets(clerk: Any, county: World, table: Write, typed: str) -> None:
    with bootstrap("demo.load", lambda: county.accounts["admin"]):
        above = county.unions["632322"]
        name = "能科乡第3村（社区）联合工会"
        add_union(county, "632322-0009", name, above, county=632322, level="grassroots", kind="joint")
    batch = check(clerk, table(HEADER, ["王兰", id_number(901), typed, "2023-01-05"]))
    assert counts(batch) == (1, 0, 0, 0), problems(clerk, batch)


def test_sex_and_birth_date_must_agree_with_the_number(clerk: Any, table: Write) -> None:
    header = [*HEADER, "性别", "出生日期"]
    number = id_number(901, "19900101")
    right = ["王兰", number, UNION, "2023-01-05", "男", "1990年1月1日"]
    wrong = ["王兰", id_number(903, "19900101"), UNION, "2023-01-05", "女", "1990-01-02"]
    batch = check(clerk, table(header, right, wrong))
    assert [column for column, _ in problems(clerk, batch)[3]] == ["性别", "出生日期"]
    assert counts(batch) == (1, 0, 0, 1)


def test_an_ended_membership_is_not_an_admission(clerk: Any, table: Write) -> None:
    batch = check(
        clerk, table([*HEADER, "会籍变化类型"], ["王兰", id_number(901), UNION, "2023-01-05", "退会"])
    )
    assert "会籍终止" in problems(clerk, batch)[2][0][1]


def test_the_same_person_twice_in_the_file(clerk: Any, table: Write) -> None:
    line = ["王兰", id_number(901), UNION, "2023-01-05"]
    other = ["李梅", id_number(902), UNION, "2023-01-05"]
    another = ["李海梅", id_number(902), UNION, "2023-01-05"]
    batch = check(clerk, table(HEADER, line, line, other, another))
    found = problems(clerk, batch)
    assert counts(batch) == (1, 0, 0, 3) and sorted(found) == [3, 4, 5]
    assert "与第 2 行重复" in found[3][0][1]
    assert "与第 5 行重复，但内容不同" in found[4][0][1] and "与第 4 行重复" in found[5][0][1]


def test_a_person_of_another_county_gets_one_sentence_and_nothing_else(
    clerk: Any, county: World, table: Write
) -> None:
    foreign = county.persons["632323-1"]
    number = id_number(231)
    assert bytes(foreign.id_hash) == keyed_hash(number)
    batch = check(clerk, table(HEADER, ["王兰", number, UNION, "2023-01-05"]))
    sentence = "此人已在本工会管辖范围以外登记会籍，请申请转入，不能在这里导入。"
    assert problems(clerk, batch) == {2: [("身份证号", sentence)]}
    row = rows(clerk, batch)[2]
    assert row.target_id is None and foreign.name not in str(vars(row))
    assert commit(clerk, batch).rows_held == 1
    assert scope_is_closed(clerk, foreign)


def scope_is_closed(clerk: Any, foreign: Person) -> bool:
    with scope.applied(clerk):
        return not Person.objects.filter(pk=foreign.pk).exists()


def test_a_member_of_another_union_of_the_county_needs_a_transfer(clerk: Any, table: Write) -> None:
    batch = check(clerk, table(HEADER, ["示范尖甲", id_number(221), "632322-0002", "2023-01-05"]))
    assert "转会" in problems(clerk, batch)[2][0][1]


def test_known_members_are_changed_cell_by_cell_or_left_alone(
    clerk: Any, county: World, table: Write
) -> None:
    header = [*HEADER, "学历", "群体", "手机号"]
    person = county.persons["632322-1"]
    changed = ["示范尖甲", id_number(221), UNION, "2022-03-01", "大专", "环卫工人、农民工", "13912345678"]
    same = ["示范尖甲乙", id_number(222), UNION, "2022-03-02", "", "", ""]
    batch = check(clerk, table(header, changed, same))
    assert counts(batch) == (0, 1, 1, 0), problems(clerk, batch)
    assert (
        rows(clerk, batch)[2].changes
        == {
            "学历": [None, "大学专科"],
            "手机号": [None, "*******5678"],
            "群体": ["环卫工人", "农民工、环卫工人"],
        }
        or rows(clerk, batch)[2].changes["群体"][1] == "环卫工人、农民工"
    )
    before = register(clerk)
    batch = commit(clerk, batch)
    with scope.applied(clerk):
        person.refresh_from_db()
        assert (person.education, person.mobile_last4, person.version) == ("30", "5678", 2)
        assert Person._meta.get_field("mobile").unseal(person) == "13912345678"
        assert {tag.group for tag in person.tags.all()} == {"sanitation", "rural_migrant"}
    assert counts(check(clerk, table(header, changed, same))) == (0, 0, 2, 0)
    assert actions.undo(by=clerk, row=batch).kept == []
    assert register(clerk) == before


def test_the_day_of_admission_is_corrected(clerk: Any, county: World, table: Write) -> None:
    batch = commit(clerk, check(clerk, table(HEADER, ["示范尖甲", id_number(221), UNION, "2022-01-15"])))
    assert batch.rows_changed == 1
    with scope.applied(clerk):
        spell = Membership.objects.get(person=county.persons["632322-1"])
        assert (spell.valid_from, spell.version) == (date(2022, 1, 15), 2)


def test_a_default_fills_blanks_but_corrects_nobody(clerk: Any, table: Write) -> None:
    path = table(HEADER, ["示范尖甲", id_number(221), "", ""], ["李梅", id_number(902), "", ""])
    batch = check(clerk, path, union=UNION, joined_on="2023-01-05")
    assert counts(batch) == (1, 0, 1, 0), problems(clerk, batch)


def test_a_former_member_is_admitted_again(clerk: Any, county: World, table: Write) -> None:
    person = county.persons["632322-1"]
    with bootstrap("demo.load", lambda: county.accounts["admin"]):
        spell = Membership.objects.get(person=person)
        change(spell, valid_to=date(2022, 12, 31), ended_by="6")
    early = check(clerk, table(HEADER, ["示范尖甲", id_number(221), "632322-0002", "2022-06-01"]))
    assert "早于此人上一段会籍" in problems(clerk, early)[2][0][1]
    batch = check(clerk, table(HEADER, ["示范尖甲", id_number(221), "632322-0002", "2023-02-01"]))
    assert counts(commit(clerk, batch)) == (0, 1, 0, 0)
    with scope.applied(clerk):
        person.refresh_from_db()
        assert person.union_id == county.unions["632322-0002"].pk
        assert Membership.objects.open().get(person=person).union_id == person.union_id


def transferred_in(clerk: Any, county: World) -> str:
    """The ID number of a member whom 泽库 has just let go to 尖扎."""
    asked = transferring.request_transfer(
        by=clerk, union=county.unions[UNION], name="示范泽甲", id_number=id_number(231), on=date(2023, 3, 1)
    )
    transferring.accept_transfer(by=county.account("632323.clerk"), row=asked)
    return id_number(231)


def test_the_row_of_somebody_transferred_in_goes_in(clerk: Any, county: World, table: Write) -> None:
    number = transferred_in(clerk, county)
    head = [*HEADER, "学历"]
    batch = check(clerk, table(head, ["示范泽甲", number, UNION, "2015-01-05", "大专"]))
    assert counts(batch) == (0, 1, 0, 0), problems(clerk, batch)
    assert "会籍从转入那天算起，表里更早的入会日期没有采用：第 2 行（1 行）" in batch.notes
    assert counts(commit(clerk, batch)) == (0, 1, 0, 0)
    with scope.applied(clerk):
        assert Membership.objects.open().get(person__education="30").valid_from == date(2023, 3, 1)


def test_a_day_before_the_end_of_a_membership_out_of_sight_is_held_without_that_day(
    clerk: Any, county: World, table: Write
) -> None:
    number = transferred_in(clerk, county)
    with bootstrap("demo.load", lambda: county.accounts["admin"]):
        change(Membership.objects.open().get(person__id_hash=keyed_hash(number)), began_by="1")
    batch = check(clerk, table(HEADER, ["示范泽甲", number, UNION, "2023-02-01"]))
    [(column, said)] = problems(clerk, batch)[2]
    assert column == "入会日期" and "早于此人上一段会籍的终止日期。" in said and "2023" not in said


def test_only_the_row_for_whom_there_is_no_room_any_more_is_held(
    clerk: Any, county: World, table: Write
) -> None:
    person = county.persons["632322-1"]
    with bootstrap("demo.load", lambda: county.accounts["admin"]):
        change(Membership.objects.get(person=person), valid_to=date(2022, 12, 31), ended_by="6")
    again = ["示范尖甲", id_number(221), UNION, "2023-02-01"]
    batch = check(clerk, table(HEADER, again, ["李梅", id_number(902), UNION, "2023-01-05"]))
    assert counts(batch) == (1, 1, 0, 0)
    with bootstrap("demo.load", lambda: county.accounts["admin"]):
        begin_spell(person, county.unions[UNION].stamp(), date(2023, 1, 15), "1", "", "active")
    assert counts(commit(clerk, batch)) == (1, 0, 0, 1)
    assert "此人在这段时间已有会籍" in problems(clerk, batch)[2][0][1]


def test_the_update_table_leaves_a_former_member_as_he_is(
    clerk: Any, county: World, table: Write, tmp_path: Path
) -> None:
    person = county.persons["632322-1"]
    with bootstrap("demo.load", lambda: county.accounts["admin"]):
        change(Membership.objects.get(person=person), valid_to=date(2022, 12, 31), ended_by="6")
    path = tmp_path / "update.xlsx"
    with scope.applied(clerk), path.open("wb") as stream:
        registered = registry()["members"].rows(clerk).order_by("pk")
        update_table(by=clerk, resource=registry()["members"], rows=registered, stream=stream)
        count = registered.count()
    assert counts(check(clerk, path)) == (0, 0, count, 0)
    head = ["姓名", "身份证号", "档案号", "学历", "入会日期"]
    line = ["示范尖甲", id_number(221), str(person.uuid), "大学专科"]
    assert counts(commit(clerk, check(clerk, table(head, [*line, ""])))) == (0, 1, 0, 0)
    with scope.applied(clerk):
        assert not Membership.objects.open().filter(person=person).exists()
    asks = check(clerk, table(head, [*line, "2023-02-01"]))
    assert "请补上所在工会" in problems(clerk, asks)[2][0][1]


def test_sealed_values_are_never_staged_in_plain_text(clerk: Any) -> None:
    batch = check(clerk, DATA / "members_excel.xlsx")
    broken = check(clerk, DATA / "members_broken_ids.xlsx")
    with scope.applied(clerk), connection.cursor() as cursor:
        cursor.execute(
            "select r::text from core_importrow r where batch_id in (%s, %s)", [batch.pk, broken.pk]
        )
        text = "\n".join(line for (line,) in cursor.fetchall())
    # Envelopes are hexadecimal and may hold these digits by chance; a number in plain text stands alone.
    plain = re.compile(r"(?<![0-9a-f])(?:630199\d{11}[\dX]|1390\d{7})(?![0-9a-f])")
    assert "*******" in text and not plain.search(text)


def test_commit_twice_writes_once(clerk: Any) -> None:
    batch = check(clerk, DATA / "members_excel.xlsx")
    first, second = commit(clerk, batch), commit(clerk, batch)
    assert first.committed_event_id == second.committed_event_id
    with scope.applied(clerk):
        assert Person.objects.filter(pk__in=batch.rows.values("target_id")).count() == 30


def test_of_two_clerks_with_the_same_people_one_wins(clerk: Any, county: World) -> None:
    head = county.account("632322.head")
    first, second = (check(account, DATA / "members_excel.xlsx") for account in (clerk, head))
    assert counts(commit(clerk, first)) == (30, 0, 0, 0)
    assert counts(commit(head, second)) == (0, 0, 0, 30)
    assert "核对之后已有人登记" in problems(head, second)[2][0][1]


def test_a_row_changed_since_the_check_is_held(clerk: Any, county: World, table: Write) -> None:
    batch = check(clerk, table([*HEADER, "学历"], ["示范尖甲", id_number(221), UNION, "2022-03-01", "大专"]))
    with bootstrap("demo.load", lambda: county.accounts["admin"]):
        change(Person.objects.get(pk=county.persons["632322-1"].pk), education="20")
    assert counts(commit(clerk, batch)) == (0, 0, 0, 1)
    assert "已被别人修改" in problems(clerk, batch)[2][0][1]
    with scope.applied(clerk):
        assert Person.objects.get(pk=county.persons["632322-1"].pk).education == "20"


def test_somebody_who_left_since_the_check_is_held(clerk: Any, county: World, table: Write) -> None:
    batch = check(clerk, table([*HEADER, "学历"], ["示范尖甲", id_number(221), UNION, "2022-03-01", "大专"]))
    end_membership(by=clerk, row=county.persons["632322-1"], on=date(2022, 12, 31), how="6")
    assert counts(commit(clerk, batch)) == (0, 0, 0, 1)
    assert "已被别人修改" in problems(clerk, batch)[2][0][1]


def test_the_rows_of_a_union_archived_since_the_check_are_held(
    clerk: Any, county: World, table: Write
) -> None:
    gone = ["李梅", id_number(902), "632322-0005", "2023-01-05"]
    batch = check(clerk, table(HEADER, ["王兰", id_number(901), UNION, "2023-01-05"], gone))
    archive_union(by=clerk, row=county.unions["632322-0005"], reason="合并")
    assert counts(commit(clerk, batch)) == (1, 0, 0, 1)
    [(column, said)] = problems(clerk, batch)[3]
    assert column == "所在工会" and "核对之后这个工会已归档" in said


def test_who_would_come_back_to_a_union_archived_since_the_check_is_held(
    clerk: Any, county: World, table: Write
) -> None:
    """The row of a person who was there before changes no union: only the membership names it."""
    gone, person = county.unions["632322-0005"], county.persons["632322-1"]
    transfer_member(by=clerk, row=person, union=gone, on=date(2022, 12, 1))
    end_membership(by=clerk, row=person, on=date(2022, 12, 31), how="6")
    back = ["示范尖甲", id_number(221), "632322-0005", "2023-02-01"]
    batch = check(clerk, table(HEADER, ["王兰", id_number(901), UNION, "2023-01-05"], back))
    assert counts(batch) == (1, 1, 0, 0)
    archive_union(by=clerk, row=gone, reason="合并")
    assert counts(commit(clerk, batch)) == (1, 0, 0, 1)
    [(column, said)] = problems(clerk, batch)[3]
    assert column == "所在工会" and "核对之后这个工会已归档" in said


def test_undo_keeps_what_was_touched_since_and_says_so(clerk: Any, county: World) -> None:
    batch = commit(clerk, check(clerk, DATA / "members_excel.xlsx"))
    touched, moved = (int(rows(clerk, batch)[number].target_id or 0) for number in (2, 3))
    with bootstrap("demo.load", lambda: county.accounts["admin"]):
        change(Membership.objects.get(person_id=moved), state="retained")
    change_member(by=clerk, row=Person(pk=touched), nation="藏族二")
    batch = actions.undo(by=clerk, row=batch)
    assert [(kept["row"], kept["reason"]) for kept in batch.kept] == [
        (2, "导入之后又被修改过"),
        (3, "已被其他记录使用（会籍）"),
    ]
    assert re.search(r"\d\d:\d\d .+ 修改会员", batch.kept[0]["since"]) and not batch.kept[1]["since"]
    with scope.applied(clerk):
        left = Person.objects.filter(pk__in=batch.rows.values("target_id"))
        assert {person.pk for person in left} == {touched, moved}
        assert Membership.objects.filter(person__in=left).count() == 2


def test_every_step_leaves_one_audit_event(clerk: Any) -> None:
    batch = actions.undo(by=clerk, row=commit(clerk, check(clerk, DATA / "members_excel.xlsx")))
    with scope.applied(clerk):
        verbs = list(AuditEvent.objects.filter(by=clerk).order_by("id").values_list("verb", flat=True))
    assert verbs == ["imports.upload", "imports.commit", "imports.undo"] and batch.state == "undone"


def test_what_was_undone_cannot_be_committed(clerk: Any) -> None:
    batch = actions.undo(by=clerk, row=commit(clerk, check(clerk, DATA / "members_excel.xlsx")))
    with pytest.raises(Refused):
        actions.commit(by=clerk, row=batch)


def test_columns_that_are_no_columns_of_the_template_change_nothing(
    clerk: Any, county: World, table: Write
) -> None:
    extra = ["county_id", "version", "archived_at", "verified_at", "id", "县级区划", "归档时间"]
    line = [
        "李梅",
        id_number(902),
        UNION,
        "2023-01-05",
        "632323",
        "9",
        "2020-01-01",
        "2020-01-01",
        "1",
        "泽库",
        "x",
    ]
    batch = commit(clerk, check(clerk, table([*HEADER, *extra], line)))
    with scope.applied(clerk):
        person = Person.objects.get(id_hash=keyed_hash(id_number(902)))
        assert (person.county_id, person.version, person.archived_at) == (632322, 1, None)
        assert sum("没有读取" in note for note in batch.notes) == len(extra)


def test_the_number_of_statements_does_not_grow_with_rows(clerk: Any, table: Write) -> None:
    def statements(numbers: range) -> int:
        lines = [["王兰", id_number(n), UNION, "2023-01-05"] for n in numbers]
        with CaptureQueriesContext(connection) as captured:
            batch = commit(clerk, check(clerk, table(HEADER, *lines)))
        assert batch.rows_new == len(numbers)
        return len(captured)

    statements(range(290, 300))  # what is asked once and remembered
    assert statements(range(300, 320)) == statements(range(320, 920))


def test_two_unions_of_one_name_need_the_code(clerk: Any, county: World, table: Write) -> None:
    with bootstrap("demo.load", lambda: county.accounts["admin"]):
        for code in ("632322-0011", "632322-0012"):
            add_union(
                county,
                code,
                "同名工会",
                county.unions["632322"],
                county=632322,
                level="grassroots",
                kind="joint",
            )
    batch = check(clerk, table(HEADER, ["李梅", id_number(902), "同名工会", "2023-01-05"]))
    assert "有 2 个工会" in problems(clerk, batch)[2][0][1]
    assert rows(clerk, batch)[2].plan == ImportRow.Plan.HELD
