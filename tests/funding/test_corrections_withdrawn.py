"""A correction is no more than could have been eaten, and is withdrawn until a checked month has taken it in."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction
from django.test import Client

from cases.actions import end_enrolment
from core import scope
from core.actions import Refused
from funding import actions
from funding.models import SettlementCorrection, SettlementLine
from funding.settlement.by_day import shares_of
from funding.settlement.documents import by_rule
from tests.funding.months import (
    CLERK,
    FEBRUARY,
    HEAD,
    approved,
    at_once,
    confirm_all,
    draft,
    month_of,
    page_of,
    refused_by_the_database,
    served,
    standing,
)
from tests.world import World

__all__ = ["served", "standing"]
DAY, EMPTY_DAY = date(2023, 1, 15), date(2023, 1, 25)


@pytest.fixture
def line(served: World) -> SettlementLine:
    """The first shop's approved January: 20 of the 30 meals of two workers in 31 days."""
    found: SettlementLine = approved(served).lines.get(shop__name="一号店")
    return found


def _correct(world: World, line: SettlementLine, meals: int, day: date | None = None) -> SettlementCorrection:
    return actions.correct_settled(by=world.account(CLERK), line=line, meals=meals, words="更正", day=day)


def _withdraw(world: World, line: SettlementLine, correction: SettlementCorrection) -> SettlementLine:
    by = world.account(CLERK)
    return actions.withdraw_correction(by=by, row=line, correction=correction, reason="登记错了")


def test_no_more_is_corrected_than_the_workers_could_have_eaten_in_the_month(
    served: World, line: SettlementLine
) -> None:
    with pytest.raises(
        Refused, match=r"2023年1月登记在册的职工应就餐 62 份.*30 份，最多再补 32 份"
    ) as refused:
        _correct(served, line, 33)
    assert refused.value.field == "meals"
    assert _correct(served, line, 32).meals == 32


def test_what_was_corrected_before_counts(served: World, line: SettlementLine) -> None:
    _correct(served, line, 20)
    with pytest.raises(Refused, match="最多再补 12 份"):
        _correct(served, line, 13)


def test_no_more_is_corrected_than_could_have_been_eaten_on_the_day(
    served: World, line: SettlementLine
) -> None:
    with pytest.raises(Refused, match=r"2023-01-15登记在册的职工应就餐 2 份.*1 份，最多再补 1 份"):
        _correct(served, line, 2, date(2023, 1, 15))
    assert _correct(served, line, 1, date(2023, 1, 15)).meals == 1


def test_what_was_corrected_before_on_the_day_counts(served: World, line: SettlementLine) -> None:
    _correct(served, line, 1, DAY)
    with pytest.raises(Refused, match=r"2023-01-15登记在册的职工应就餐 2 份.*2 份，最多再补 0 份"):
        _correct(served, line, 1, DAY)
    assert _correct(served, line, 1, date(2023, 1, 16)).meals == 1


def test_lines_of_two_shops_share_the_room_of_the_day(served: World, line: SettlementLine) -> None:
    other = line.settlement.lines.get(shop__name="二号店")
    _correct(served, line, 1, EMPTY_DAY)
    with pytest.raises(Refused, match=r"2023-01-25登记在册的职工应就餐 2 份.*1 份，最多再补 1 份"):
        _correct(served, other, 2, EMPTY_DAY)
    assert _correct(served, other, 1, EMPTY_DAY).day == EMPTY_DAY


def test_a_withdrawn_correction_frees_its_day(served: World, line: SettlementLine) -> None:
    _withdraw(served, line, _correct(served, line, 1, DAY))
    assert _correct(served, line, 1, DAY).meals == 1


def test_what_was_taken_back_of_the_day_may_be_given_again(served: World, line: SettlementLine) -> None:
    _correct(served, line, -1, DAY)
    assert _correct(served, line, 2, DAY).meals == 2


@pytest.mark.parametrize("day", [DAY, None])
def test_what_was_taken_back_stays_while_others_were_given_its_room(
    served: World, line: SettlementLine, day: date | None
) -> None:
    less = _correct(served, line, -1, day)
    more = _correct(served, line, 2 if day else 33, day)
    with pytest.raises(Refused, match=r"撤回之后.*多于登记在册的职工应就餐的.*先撤回补的更正"):
        _withdraw(served, line, less)
    _withdraw(served, line, more)
    assert _withdraw(served, line, less) == line


def test_no_more_is_taken_back_than_the_shop_was_settled_for_on_the_day(
    served: World, line: SettlementLine
) -> None:
    with pytest.raises(Refused, match=r"2023-01-15这家门店已结算（连同更正）1 份，最多再扣 1 份") as refused:
        _correct(served, line, -2, DAY)
    assert refused.value.field == "meals"
    with pytest.raises(Refused, match="2023-01-25这家门店已结算（连同更正）0 份，最多再扣 0 份"):
        _correct(served, line, -1, EMPTY_DAY)
    _correct(served, line, 1, DAY)
    _correct(served, line, -2, DAY)
    with pytest.raises(Refused, match="最多再扣 0 份"):
        _correct(served, line, -1, DAY)


def test_a_meal_of_another_shop_on_the_day_is_not_taken_back_here(
    served: World, line: SettlementLine
) -> None:
    day, other = date(2023, 1, 3), line.settlement.lines.get(shop__name="二号店")
    _correct(served, line, -1, day)
    with pytest.raises(Refused, match="2023-01-03这家门店已结算（连同更正）0 份"):
        _correct(served, line, -1, day)
    assert _correct(served, other, -1, day).meals == -1


def test_a_meal_that_was_withheld_is_not_taken_back(served: World) -> None:
    programme, person = served.programmes["632322"], served.persons["632322-2"]
    by = served.account(CLERK)
    end_enrolment(by=by, programme=programme, person=person, valid_to=date(2023, 1, 9))
    actions.decide_exceptions(by=by, row=draft(served), decision="disputed", words="已离职")
    line = approved(served).lines.get(shop__name="二号店")
    with pytest.raises(Refused, match="2023-01-09这家门店已结算（连同更正）0 份"):
        _correct(served, line, -1, date(2023, 1, 9))
    assert _correct(served, line, -1, date(2023, 1, 8)).meals == -1


def test_what_was_given_stays_while_it_is_taken_back_from_the_day(
    served: World, line: SettlementLine
) -> None:
    more = _correct(served, line, 1, DAY)
    less = _correct(served, line, -2, DAY)
    with pytest.raises(Refused, match=r"撤回之后2023-01-15这家门店还差 1 份可扣.*先撤回多扣的更正"):
        _withdraw(served, line, more)
    _withdraw(served, line, less)
    assert _withdraw(served, line, more) == line


def test_of_many_at_once_one_takes_what_is_left_of_the_day(standing: World) -> None:
    settlement, by = month_of(standing), standing.account(CLERK)
    actions.approve_month(by=standing.account(HEAD), row=settlement)
    with transaction.atomic():
        scope.apply_everywhere()
        line = SettlementLine.objects.select_related("settlement__programme").get(settlement=settlement)
    said = at_once(4, lambda: actions.correct_settled(by=by, line=line, meals=1, words="漏记", day=EMPTY_DAY))
    assert said.count("done") == 1
    assert sum("最多再补 0 份" in message for message in said) == 3


def test_the_database_keeps_the_day_in_the_month_of_the_line(served: World, line: SettlementLine) -> None:
    correction = _correct(served, line, 1, DAY)
    rows = SettlementCorrection.objects.filter(pk=correction.pk)
    said = refused_by_the_database(lambda: rows.update(day=FEBRUARY), served)
    assert "a correction is about a day of its month" in said


def test_the_day_is_shown_wherever_the_correction_is(served: World, line: SettlementLine) -> None:
    _correct(served, line, 1, DAY)
    url = f"/settlement_lines/{line.pk}/"
    assert "2023-01-15" in page_of(served, CLERK, url).content.decode()
    assert (
        "+1份，2023-01-15，更正（记入下一个生成的月份）"
        in page_of(served, CLERK, f"{url}withdraw/").content.decode()
    )
    [row] = page_of(served, CLERK, f"/api/v1{url}corrections/").json()["results"]
    assert row["day"] == "2023-01-15"


def test_the_statement_names_the_day_of_a_correction(served: World, line: SettlementLine) -> None:
    _correct(served, line, 1, DAY)
    new = draft(served, FEBRUARY).lines.get(shop__name="一号店")
    headings = [words for words, _ in by_rule(new.settlement, shares_of(served.account(CLERK), line=new))]
    assert headings[1].startswith("更正2023年1月15日：+1 份")


def test_a_withdrawn_correction_leaves_the_month_that_took_it_in(served: World, line: SettlementLine) -> None:
    correction = _correct(served, line, -3)
    february = draft(served, FEBRUARY)
    _withdraw(served, line, SettlementCorrection.objects.get(pk=correction.pk))
    new = february.lines.get(shop__name="一号店")
    assert (new.correction_meals, new.payable) == (0, Decimal("40.00"))
    assert draft(served, FEBRUARY).lines.get(shop__name="一号店").correction_meals == 0


def test_a_withdrawn_correction_no_longer_counts(served: World, line: SettlementLine) -> None:
    _withdraw(served, line, _correct(served, line, 32))
    assert _correct(served, line, 32).meals == 32


def test_a_correction_that_a_checked_month_took_in_stays(served: World, line: SettlementLine) -> None:
    correction, by = _correct(served, line, -3), served.account(CLERK)
    february = draft(served, FEBRUARY)
    confirm_all(served, february)
    actions.check_month(by=by, row=february, without_statements=True)
    correction = SettlementCorrection.objects.get(pk=correction.pk)
    with pytest.raises(Refused, match="已核对，请先退回"):
        _withdraw(served, line, correction)
    actions.approve_month(by=served.account(HEAD), row=february)
    with pytest.raises(Refused, match="已批准，不能再改"):
        _withdraw(served, line, SettlementCorrection.objects.get(pk=correction.pk))


def test_what_another_correction_takes_back_is_not_withdrawn(served: World, line: SettlementLine) -> None:
    more = _correct(served, line, 5)
    _correct(served, line, -22)
    with pytest.raises(Refused, match="先撤回多扣的更正"):
        _withdraw(served, line, more)


def test_it_is_withdrawn_once(served: World, line: SettlementLine) -> None:
    correction = _correct(served, line, 5)
    _withdraw(served, line, correction)
    with pytest.raises(Refused, match="刚被撤回"):
        _withdraw(served, line, correction)


def test_the_database_settles_no_withdrawn_correction(served: World, line: SettlementLine) -> None:
    correction = _correct(served, line, 5)
    february = draft(served, FEBRUARY)
    _withdraw(served, line, SettlementCorrection.objects.get(pk=correction.pk))
    rows = SettlementCorrection.objects.filter(pk=correction.pk)
    said = refused_by_the_database(lambda: rows.update(taken_in=february), served)
    assert "settlementcorrection_withdrawn_not_taken" in said


def test_the_page_offers_it_and_says_that_it_was_withdrawn(served: World, line: SettlementLine) -> None:
    correction, client = _correct(served, line, 5), Client()
    client.force_login(served.account(CLERK))
    url = f"/settlement_lines/{line.pk}/"
    assert "撤回更正" in client.get(url).content.decode()
    answer = client.post(f"{url}withdraw/", {"correction": correction.pk, "reason": "登记错了"})
    assert answer.status_code == 302
    page = client.get(url).content.decode()
    assert "已撤回" in page.replace("已撤回更正", "") and f"{url}withdraw/" not in page
