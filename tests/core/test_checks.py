"""What each check accepts, what it refuses, and what it says."""

from __future__ import annotations

import string
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import checks
from core.checks import CodeList, Problem

NATIONS = CodeList("民族", {"01": "汉族", "03": "回族", "04": "藏族"}, synonyms={"汉": "01"})


def reason(check: Any, value: object, **options: Any) -> str:
    with pytest.raises(Problem) as caught:
        check(value, **options)
    assert caught.value.remedy and str(caught.value).endswith("。")
    return caught.value.reason


# Identity ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["630199199001010012", "630199198512310020", "630199198802290021"])
def test_right_id_numbers(number: str) -> None:
    assert checks.id_number(number) == number


@pytest.mark.parametrize(
    "typed",
    [
        " 630199199001010012 ",
        "630199 19900101 0012",
        "\u200b630199199001010012\u202c",
        "６３０１９９１９９００１０１００１２",
        "'630199199001010012",
        "630199199001010012\t",
    ],
)
def test_untidy_id_numbers_are_normalised(typed: str) -> None:
    assert checks.id_number(typed) == "630199199001010012"


@pytest.mark.parametrize(
    ("value", "part"),
    [
        ("63019919900101001", "17 位"),
        ("63019919900101001Ⅹ9", "19 位"),
        ("63019919900101001A", "不允许的字符"),
        ("000199199001010012", "地区码"),
        ("630199200102290039", "出生日期不存在（20010229）"),
        ("630199188001010012", "出生日期不存在"),
        ("630199199001010013", "校验码"),
        ("6.30199E+17", "后三位已经丢失"),
        ("6.3019919900101E+17", "后三位已经丢失"),
        (6.30199199001010e17, "后三位已经丢失"),
        (630199199001010000, "后三位已经丢失"),
        ("630199199001010000", "后三位已经丢失"),
        ("630199900101001", "15 位的旧身份证号"),
        (630199900101001, "15 位的旧身份证号"),
    ],
)
def test_wrong_id_numbers_say_which_part(value: object, part: str) -> None:
    assert part in reason(checks.id_number, value)


ID_BODIES = st.builds(
    lambda born, order: f"630199{born:%Y%m%d}{order:03d}",
    st.dates(date(1900, 1, 1), date(2100, 12, 31)),
    st.integers(0, 999),
)


@given(ID_BODIES)
def test_a_made_number_is_right_and_tells_birth_and_sex(body: str) -> None:
    number = body + checks.check_digit(body)
    assert checks.id_number(number) == number
    assert checks.birth_date_of(number) == datetime.strptime(body[6:14], "%Y%m%d").date()
    assert checks.sex_of(number) == (1 if int(body[16]) % 2 else 2)


@given(ID_BODIES, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(body: str, position: int, change: int) -> None:
    digit = str((int(body[position]) + change) % 10)
    wrong = body[:position] + digit + body[position + 1 :] + checks.check_digit(body)
    reason(checks.id_number, wrong)


@given(ID_BODIES, st.integers(0, 15))
def test_two_swapped_digits_are_always_found(body: str, position: int) -> None:
    swapped = body[:position] + body[position + 1] + body[position] + body[position + 2 :]
    if swapped != body:
        reason(checks.id_number, swapped + checks.check_digit(body))


@given(
    st.one_of(
        st.text(max_size=30), st.floats(allow_nan=False), st.integers(), st.booleans(), st.none(), st.dates()
    )
)
def test_any_cell_gets_a_value_or_a_sentence(value: object) -> None:
    every = (
        checks.id_number,
        checks.credit_code,
        checks.day,
        checks.mobile_phone,
        checks.money,
        checks.integer,
        checks.yes_no,
        checks.sex,
        checks.person_name,
        checks.optional_text,
        NATIONS.read,
    )
    for check in every:
        try:
            check(value)
        except Problem as problem:
            assert problem.reason and problem.remedy


def test_age() -> None:
    assert checks.age_on(date(2004, 2, 29), date(2020, 2, 28)) == 15
    assert checks.age_on(date(2004, 2, 29), date(2020, 2, 29)) == 16
    assert checks.age_on(date(2004, 2, 29), date(2021, 3, 1)) == 17
    checks.require_working_age(date(2004, 1, 1), date(2020, 1, 1))
    with pytest.raises(Problem, match="只有 15 周岁"):
        checks.require_working_age(date(2004, 1, 2), date(2020, 1, 1))
    with pytest.raises(Problem, match="只有 0 周岁"):
        checks.require_working_age(date(2004, 1, 2), date(1999, 1, 1))


@pytest.mark.parametrize(
    "typed",
    [
        "13900000012",
        "139 0000 0012",
        "139-0000-0012",
        "+86 13900000012",
        "8613900000012",
        13900000012,
        1.3900000012e10,
    ],
)
def test_phones(typed: object) -> None:
    assert checks.mobile_phone(typed) == "13900000012"


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        ("1.39E+10", "后几位已经丢失"),
        ("0971-6123456", "固定电话"),
        ("1390000001", "现在是 10 位"),
        ("12900000012", "号段"),
        ("139abcd0012", "数字以外"),
        ("١٣٩٠٠٠٠٠٠١٢", "号段"),
    ],
)
def test_wrong_phones(typed: str, part: str) -> None:
    assert part in reason(checks.mobile_phone, typed)


def test_masks_show_the_tail_only() -> None:
    assert checks.mask_id("630199199001010012") == "*" * 14 + "0012"
    assert checks.mask_id("1234") == "****"
    assert checks.mask_phone("13900000012") == "139****0012"
    assert checks.mask_phone("1390001") == "*****01"
    assert checks.masked_cell(" 630199 199001010012") == "***************0012"


# Credit codes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code", ["81632322MC01234508", "91632322MC01234507", "81632322-MC0123450-8", "81632322mc01234508"]
)
def test_right_credit_codes(code: str) -> None:
    assert checks.credit_code(code) == code.replace("-", "").upper()


@pytest.mark.parametrize(
    ("code", "part"),
    [
        ("81632322MC01234507", "校验码不对"),
        ("81632322MC0123450O", "不会有“O”"),
        ("8163232AMC01234508", "地区码"),
        ("MC0123450", "组织机构代码，不是"),
        ("81632322MC012345", "现在是 16 位"),
        (9.1632322e17, "丢失"),
    ],
)
def test_wrong_credit_codes(code: object, part: str) -> None:
    assert part in reason(checks.credit_code, code)


def test_the_inner_organisation_code_is_checked() -> None:
    body = "81632322MC0123451"  # the right ninth character is 0
    assert "组织机构代码校验码" in reason(checks.credit_code, body + checks.credit_check_character(body))


def test_the_class_of_a_credit_code() -> None:
    wanted = frozenset({"81"})
    assert checks.credit_code("81632322MC01234508", classes=wanted)
    assert reason(checks.credit_code, "91632322MC01234507", classes=wanted) == "这是企业的代码（以 91 开头）"


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=8, max_size=8), st.integers(0, 16), st.data())
def test_one_wrong_character_in_a_credit_code_is_found(
    organisation: str, position: int, data: st.DataObject
) -> None:
    body = "81632322" + organisation + checks.organisation_check_character(organisation)
    code = body + checks.credit_check_character(body)
    assert checks.credit_code(code) == code
    other = data.draw(st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY".replace(code[position], "")))
    reason(checks.credit_code, code[:position] + other + code[position + 1 :])


# Dates ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "2023-03-01",
        "2023/3/1",
        "2023.3.1",
        "2023年3月1日",
        "2023年3月1号",
        " 2023 年 3 月 1 日 ",
        "20230301",
        20230301,
        20230301.0,
        "２０２３－０３－０１",
        "2023-03-01 00:00:00",
        "2023/3/1 8:30",
        "2023-03-01T08:30:00+08:00",
        44986,
        44986.5,
        "44986",
        date(2023, 3, 1),
        datetime(2023, 3, 1, 12),
    ],
)
def test_dates_in_many_forms(typed: object) -> None:
    assert checks.day(typed) == date(2023, 3, 1)


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        ("2023年3月", "没有日"),
        ("2023.03", "没有日"),
        (2023.03, "没有日"),
        (202303, "没有日"),
        ("2023", "没有月和日"),
        (2023, "没有月和日"),
        ("23-3-1", "只写了两位"),
        ("03/01/2023", "哪个是月"),
        ("2001-2-29", "2001年2月29日不存在"),
        ("20231301", "不存在"),
        ("1066-01-01", "早于"),
        ("去年三月", "无法识别"),
        (12, "无法识别"),
    ],
)
def test_dates_that_are_refused(typed: object, part: str) -> None:
    assert part in reason(checks.day, typed)


def test_date_bounds() -> None:
    assert "晚于 2023-03-31" in reason(checks.day, "2023-04-01", latest=date(2023, 3, 31))
    assert "早于 2023-01-01" in reason(checks.day, "2022-12-31", earliest=date(2023, 1, 1))


@given(st.dates(date(1910, 1, 2), date(2099, 12, 31)))
def test_every_form_of_a_date_means_the_same(day: date) -> None:
    forms: list[object] = [
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}.{day.month}.{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y%m%d}",
        (day - date(1899, 12, 30)) // timedelta(days=1),
    ]
    assert {checks.day(form) for form in forms} == {day}


# Numbers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "yuan"),
    [
        ("1,234.50", "1234.50"),
        ("580万", "5800000"),
        ("580.5万元", "5805000"),
        ("1.2亿", "120000000"),
        ("¥580", "580"),
        ("￥ 1，234", "1234"),
        ("人民币580元整", "580"),
        (0.1 + 0.2, "0.30"),
        (5800000, "5800000"),
        ("0", "0"),
        (".5", "0.5"),
    ],
)
def test_money(typed: object, yuan: str) -> None:
    amount = checks.money(typed)
    assert amount == Decimal(yuan) and amount is not None and amount.as_tuple().exponent == -2


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        ("-5", "负数"),
        ("(5)", "负数"),
        ("1.234", "小数"),
        ("1,23", "无法"),
        (1e20, "超过"),
        ("1万亿", "无法"),
        ("10000亿", "超过一万亿元"),
    ],
)
def test_money_that_is_refused(typed: object, part: str) -> None:
    assert part in reason(checks.money, typed)


@pytest.mark.parametrize(
    ("typed", "share"), [("50", "50"), ("50%", "50"), ("33.33％", "33.33"), (12.5, "12.5"), (".5", "0.5")]
)
def test_percent(typed: object, share: str) -> None:
    assert checks.percent(typed) == Decimal(share)


@pytest.mark.parametrize(
    ("typed", "part"), [("一半", "百分数"), ("-5", "百分数"), ("33.333", "小数"), ("1:0.5", "百分数")]
)
def test_percent_that_is_refused(typed: object, part: str) -> None:
    assert part in reason(checks.percent, typed)


def test_negative_money_where_allowed() -> None:
    assert (
        checks.money("(1,000)", allow_negative=True)
        == checks.money(-1000, allow_negative=True)
        == Decimal("-1000.00")
    )


@given(st.decimals(0, 10**11, places=2))
def test_money_survives_being_written_and_read(amount: Decimal) -> None:
    assert checks.money(str(amount)) == checks.money(f"{amount:,}") == checks.money(float(amount)) == amount


def test_integers() -> None:
    assert [checks.integer(v) for v in ("764人", "1,234", 764.0, "０", "12 家", "２０２３年", "")] == [
        764,
        1234,
        764,
        0,
        12,
        2023,
        None,
    ]
    assert "小数" in reason(checks.integer, "1.5")
    assert "不在 0 到" in reason(checks.integer, "-1")
    assert "无法" in reason(checks.integer, "约七百")


def test_yes_and_no() -> None:
    assert [checks.yes_no(v) for v in ("是", "有", "√", 1, True, 1.0, "Y")] == [True] * 7
    assert [checks.yes_no(v) for v in ("否", "无", "×", 0, False, "N")] == [False] * 6
    assert [checks.yes_no(v) for v in ("", None, "—")] == [None] * 3
    reason(checks.yes_no, "也许")


# Text and codes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word",
    ["", " ", "无", "—", "-", "－", "/", "\\", "暂无", "不详", "null", "NULL", "N/A", None, "　", "……", "。"],
)
def test_blank_words(word: object) -> None:
    assert checks.optional_text(word) is None
    assert checks.id_number(word) is None
    assert checks.mobile_phone(word) is None
    assert checks.day(word) is None
    assert checks.money(word) is None
    assert checks.person_name(word) is None
    assert NATIONS.read(word) is None


def test_zero_is_a_value_except_where_it_cannot_be_one() -> None:
    assert (checks.optional_text("0"), checks.integer("0"), checks.money(0)) == ("0", 0, Decimal("0.00"))
    assert (checks.id_number(0), checks.mobile_phone("0"), checks.day(0)) == (None, None, None)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("张  三", "张三"),
        ("张　三", "张三"),
        ("张\u200b三\u202e", "张三"),
        ("买买提•艾力", "买买提·艾力"),
        ("买买提．艾力", "买买提·艾力"),
        ("阿依古丽 ・ 吐尔逊江", "阿依古丽·吐尔逊江"),
        ("རྡོ་རྗེ", "རྡོ་རྗེ"),
        ("ئەخمەت", "ئەخمەت"),
        ("John  Smith", "John Smith"),
        ("𬭩𠮷", "𬭩𠮷"),
        ("扎" * 60, "扎" * 60),
    ],
)
def test_names(typed: str, name: str) -> None:
    assert checks.person_name(typed) == name


@pytest.mark.parametrize(
    ("typed", "part"), [("张?", "无法识别的字"), ("张三1", "“1”"), ("扎" * 61, "61 个字"), ("李·", "")]
)
def test_names_that_are_refused_or_trimmed(typed: str, part: str) -> None:
    if part:
        assert part in reason(checks.person_name, typed)
    else:
        assert checks.person_name(typed) == "李"


@given(st.text(st.sampled_from("扎西多杰卓玛张王·• \u3000\u200b\u202e"), max_size=40))
def test_a_read_name_reads_the_same_again(text: str) -> None:
    try:
        name = checks.person_name(text)
    except Problem:
        return
    assert name is None or checks.person_name(name) == name


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    try:
        cleaned = checks.clean(text)
    except Problem:
        return
    assert checks.clean(cleaned) == cleaned


def test_names_and_sentences_keep_their_chinese_punctuation() -> None:
    assert checks.optional_text("能科乡第１６村（社区） 联合工会") == "能科乡第16村（社区）联合工会"
    assert checks.optional_text("启动，原文：　“近4.8万”；") == "启动，原文：“近4.8万”；"
    assert checks.optional_text("Ａ公司(演示)") == "A公司(演示)"


def test_formula_errors_are_named() -> None:
    assert "#N/A" in reason(checks.optional_text, "#N/A")
    assert "#公式未计算" in reason(checks.id_number, "#公式未计算")


def test_code_lists() -> None:
    assert [
        NATIONS.read(v) for v in ("01", 1, 1.0, "1", "汉族", "汉 族", "汉", "01-汉族", "1.汉族", "01汉族")
    ] == ["01"] * 10
    assert NATIONS.read("") is None
    with pytest.raises(Problem) as caught:
        NATIONS.read("火星族")
    assert caught.value.reason == "“火星族”不在民族的选项中"
    assert caught.value.remedy == "可填：汉族、回族、藏族"
    with pytest.raises(Problem, match="是不是“藏族”"):
        NATIONS.read("藏民族")
    reason(NATIONS.read, "01-回族")


def test_a_list_that_knows_none_reads_it() -> None:
    grades = CodeList("技术等级", {"0": "无", "5": "初级"})
    assert (grades.read("无"), grades.read("—")) == ("0", None)


def test_sex() -> None:
    assert [checks.sex(v) for v in ("男", "女", 1, 2.0, "男性", "M", " 女 ", "")] == [
        1,
        2,
        1,
        2,
        1,
        1,
        2,
        None,
    ]
    assert reason(checks.sex, "中") == "“中”不在性别的选项中"


def test_problems_compare_by_content() -> None:
    assert Problem("a", "b") == Problem("a", "b") != Problem("a", "c")
    assert len({Problem("a", "b"), Problem("a", "b")}) == 1


@given(st.text(string.printable, max_size=20))
def test_masks_never_show_more_than_the_tail(text: str) -> None:
    shown = checks.mask_id(text)
    assert len(shown) == len(text) and sum(a == b != "*" for a, b in zip(shown, text, strict=True)) <= 4
