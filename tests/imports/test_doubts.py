"""Doubtful rows: who is perhaps registered already, stands in the file twice, or belongs to another union."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files import File
from django.test import Client

from core import scope
from core.actions import Refused
from core.imports import actions, jobs
from core.imports.deciding import decide_doubts
from core.models import ImportBatch
from members.models import Membership, Person
from tests.imports.conftest import check, commit, problems, rows, work
from tests.world import PASSWORD, World, id_number

Write = Callable[..., Path]
HEADER = ["姓名", "身份证号", "所在工会", "入会日期", "手机号", "民族"]
UNION, OTHER, DAY = "632322-0001", "632322-0002", "2023-01-05"
MOBILE = "13900000012"


@pytest.fixture
def clerk(county: World) -> Any:
    return county.account("632322.clerk")


def plans(batch: ImportBatch) -> dict[str, int]:
    batch.refresh_from_db()
    names = ("new", "changed", "unchanged", "doubtful", "held")
    return {name: count for name in names if (count := getattr(batch, f"rows_{name}"))}


@pytest.fixture
def registered(clerk: Any, table: Write) -> ImportBatch:
    """王兰, born 1980-03-04, with a mobile number."""
    path = table(HEADER, ["王兰", id_number(901, "19800304"), UNION, DAY, MOBILE, "汉族"], name="first.csv")
    return commit(clerk, check(clerk, path))


def doubtful(clerk: Any, table: Write, *lines: list[str]) -> ImportBatch:
    return check(clerk, table(HEADER, *lines))


def test_same_name_and_birth_date_with_another_number(
    clerk: Any, registered: ImportBatch, table: Write
) -> None:
    batch = doubtful(
        clerk,
        table,
        ["王兰", id_number(902, "19800304"), UNION, DAY, "", "藏族"],
        ["王兰", id_number(903, "19800305"), UNION, DAY, "", ""],
        ["李梅", id_number(904, "19800304"), UNION, DAY, "", ""],
    )
    assert plans(batch) == {"new": 2, "doubtful": 1}
    [(column, sentence)] = problems(clerk, batch)[2]
    assert column == "身份证号" and f"尾号“{id_number(901, '19800304')[-4:]}”" in sentence
    assert "同名同生日" in sentence and id_number(901, "19800304") not in sentence


def test_same_name_and_mobile_number(clerk: Any, registered: ImportBatch, table: Write) -> None:
    batch = doubtful(
        clerk,
        table,
        ["王兰", id_number(905, "19700101"), UNION, DAY, MOBILE, ""],
        ["王兰", id_number(906, "19710101"), UNION, DAY, "13911110012", ""],
    )
    assert plans(batch) == {"new": 1, "doubtful": 1}
    assert "同名同手机号" in problems(clerk, batch)[2][0][1]


def test_twice_in_the_file_but_not_a_made_up_date(clerk: Any, table: Write) -> None:
    pair = [["马林", id_number(n, "19850607"), UNION, DAY, "", ""] for n in (911, 913)]
    many = [["某人", id_number(n, "19900101"), UNION, DAY, "", ""] for n in range(920, 925)]
    batch = doubtful(clerk, table, *pair, *many)
    assert plans(batch) == {"new": 5, "doubtful": 2}
    assert "第 3 行" in problems(clerk, batch)[2][0][1] and "第 2 行" in problems(clerk, batch)[3][0][1]


def test_as_new_registers_a_second_person(clerk: Any, registered: ImportBatch, table: Write) -> None:
    batch = doubtful(clerk, table, ["王兰", id_number(902, "19800304"), UNION, DAY, "", ""])
    decide_doubts(by=clerk, row=batch, decision="new", numbers=[2])
    assert plans(batch) == {"new": 1} and rows(clerk, batch)[2].raw is None
    batch = commit(clerk, batch)
    with scope.applied(clerk):
        assert Person.objects.filter(name="王兰").count() == 2
    assert actions.undo(by=clerk, row=batch).kept == []


def test_as_this_person_changes_the_registered_one(clerk: Any, registered: ImportBatch, table: Write) -> None:
    batch = doubtful(clerk, table, ["王兰", id_number(902, "19800304"), UNION, DAY, "", "藏族"])
    decide_doubts(by=clerk, row=batch, decision="known", numbers=[2])
    assert plans(batch) == {"changed": 1}
    assert rows(clerk, batch)[2].changes == {"民族": ["汉族", "藏族"]}
    commit(clerk, batch)
    with scope.applied(clerk):
        person = Person.objects.get(name="王兰")
        assert (person.nation, person.id_last4) == ("藏族", id_number(901, "19800304")[-4:])


def test_later_and_undecided_rows_are_held_and_not_written(
    clerk: Any, registered: ImportBatch, table: Write
) -> None:
    lines = [["王兰", id_number(n, "19800304"), UNION, DAY, "", ""] for n in (902, 904)]
    batch = doubtful(clerk, table, *lines, ["马林", id_number(905), UNION, DAY, "", ""])
    assert plans(batch) == {"new": 1, "doubtful": 2}
    decide_doubts(by=clerk, row=batch, decision="later", numbers=[2])
    assert plans(batch) == {"new": 1, "doubtful": 1, "held": 1}
    commit(clerk, batch)
    assert plans(batch) == {"new": 1, "held": 2}
    following = actions.continue_held(by=clerk, row=batch)
    assert plans(following) == {"held": 2}
    with scope.applied(clerk):
        assert Person.objects.filter(name="王兰").count() == 1


def test_a_member_of_another_union_of_the_scope(clerk: Any, registered: ImportBatch, table: Write) -> None:
    batch = doubtful(clerk, table, ["王兰", id_number(901, "19800304"), OTHER, DAY, "", "藏族"])
    assert plans(batch) == {"doubtful": 1}
    assert "导入不改变所在工会" in problems(clerk, batch)[2][0][1]
    decide_doubts(by=clerk, row=batch, decision="new", numbers=[2])
    assert plans(batch) == {"doubtful": 1}, "whoever is registered cannot be registered anew"
    decide_doubts(by=clerk, row=batch, decision="known", numbers=[2])
    assert plans(batch) == {"changed": 1}
    commit(clerk, batch)
    with scope.applied(clerk):
        spell = Membership.objects.get(person__name="王兰")
        assert spell.union.code == UNION and spell.person.nation == "藏族"


def test_another_county_is_not_told_apart(
    clerk: Any, county: World, registered: ImportBatch, table: Write
) -> None:
    """Who is registered in another county raises no doubt: that would tell of them."""
    other = county.account("632323.clerk")
    path = table(HEADER, ["王兰", id_number(902, "19800304"), "632323-0001", DAY, MOBILE, ""])
    assert plans(check(other, path)) == {"new": 1}


def test_a_decision_must_be_one(clerk: Any, registered: ImportBatch, table: Write) -> None:
    batch = doubtful(clerk, table, ["王兰", id_number(902, "19800304"), UNION, DAY, "", ""])
    with pytest.raises(Refused, match="请选择"):
        decide_doubts(by=clerk, row=batch, decision="other", numbers=[2])


def test_the_page_decides_the_ticked_and_all(
    client: Client, clerk: Any, registered: ImportBatch, table: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.login(username="632322.clerk", password=PASSWORD)
    lines = [["王兰", id_number(n, "19800304"), UNION, DAY, "", ""] for n in range(910, 922, 2)]
    path = table(HEADER, *lines, ["王兰", id_number(901, "19800304"), OTHER, DAY, "", ""])
    with path.open("rb") as stream:
        sent: Any = client.post("/imports/new/?resource=members", {"file": File(stream, path.name)})
    url = sent.url
    work()
    page = client.get(url).content.decode()
    assert '还有 <b class="num">7</b> 行存疑' in page and "处理存疑的行" in page
    page = client.get(f"{url}doubts/").content.decode()
    assert "同名同生日" in page and id_number(910, "19800304") not in page
    answer = client.post(f"{url}doubts/", {"which": "ticked", "decision": "new"}, follow=True)
    assert "还没有勾选任何一行" in answer.content.decode()
    answer = client.post(f"{url}doubts/", {"which": "ticked", "row": "2", "decision": "new"}, follow=True)
    assert "已按新增处理 1 行" in answer.content.decode()
    answer = client.post(f"{url}doubts/", {"which": "all", "decision": "new"}, follow=True)
    assert "1 行仍存疑：已有登记的人不能按新增" in answer.content.decode()
    monkeypatch.setattr(jobs, "FILLED_AT_ONCE", 0)
    client.post(f"{url}doubts/", {"which": "all", "decision": "later"})
    work()
    assert "确认导入 6 行" in client.get(url).content.decode()


def checked_again(clerk: Any, batch: ImportBatch) -> ImportBatch:
    with scope.applied(clerk):
        jobs.start_check(batch, by=clerk)
    work()
    batch.refresh_from_db()
    return batch


def test_decisions_outlive_a_new_check(clerk: Any, registered: ImportBatch, table: Write) -> None:
    lines = [["王兰", id_number(n, "19800304"), UNION, DAY, "", "藏族"] for n in (902, 904, 906, 908)]
    batch = doubtful(clerk, table, *lines)
    for decision, number in (("new", 2), ("known", 3), ("later", 4)):
        decide_doubts(by=clerk, row=batch, decision=decision, numbers=[number])
    planned = rows(clerk, batch)[3].values
    for _ in range(2):
        checked_again(clerk, batch)
        after = rows(clerk, batch)
        assert [after[n].plan for n in range(2, 6)] == ["new", "changed", "held", "doubtful"]
        assert after[3].values == planned
        assert "沿用了 3 行存疑的处理（行和疑点都没有变）" in batch.notes
    commit(clerk, batch)
    with scope.applied(clerk):
        assert Person.objects.filter(name="王兰").count() == 2


def test_the_decision_on_a_member_of_another_union_outlives_a_new_check(
    clerk: Any, registered: ImportBatch, table: Write
) -> None:
    batch = doubtful(clerk, table, ["王兰", id_number(901, "19800304"), OTHER, DAY, "", "藏族"])
    decide_doubts(by=clerk, row=batch, decision="known", numbers=[2])
    assert plans(checked_again(clerk, batch)) == {"changed": 1}


def test_a_row_with_other_doubts_is_asked_about_again(
    clerk: Any, registered: ImportBatch, table: Write
) -> None:
    """Another person of the same name and birth date was registered since: that was not decided upon."""
    batch = doubtful(clerk, table, ["王兰", id_number(902, "19800304"), UNION, DAY, "", ""])
    decide_doubts(by=clerk, row=batch, decision="new", numbers=[2])
    other = doubtful(clerk, table, ["王兰", id_number(904, "19800304"), UNION, DAY, "", ""])
    decide_doubts(by=clerk, row=other, decision="new", numbers=[2])
    commit(clerk, other)
    assert plans(checked_again(clerk, batch)) == {"doubtful": 1}


def test_a_row_that_is_typed_over_is_asked_about_again(
    clerk: Any, registered: ImportBatch, table: Write
) -> None:
    batch = doubtful(clerk, table, ["王兰", id_number(902, "19800304"), UNION, DAY, "", ""])
    decide_doubts(by=clerk, row=batch, decision="later", numbers=[2])
    actions.fix_rows(by=clerk, row=batch, cells={2: {"nation": "藏族"}})
    assert plans(batch) == {"doubtful": 1}
    assert plans(checked_again(clerk, batch)) == {"doubtful": 1}
