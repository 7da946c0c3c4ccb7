"""Pure rules for what people type: every check takes a cell and returns its value, None when blank, or
raises Problem.
"""

from core.checks.codes import SEXES, CodeList, sex
from core.checks.credit import (
    CLASS_NAMES,
    class_of,
    credit_check_character,
    credit_code,
    organisation_check_character,
)
from core.checks.dates import day
from core.checks.identity import (
    age_on,
    birth_date_of,
    check_digit,
    id_number,
    mask_id,
    mask_phone,
    masked_cell,
    mobile_phone,
    require_working_age,
    sex_of,
)
from core.checks.numbers import MAX_MONEY, in_unit, integer, money, percent, whole_percent, yes_no
from core.checks.problem import Problem
from core.checks.text import clean, compact, is_blank, optional_text, person_name, written

__all__ = [
    "CLASS_NAMES",
    "MAX_MONEY",
    "SEXES",
    "CodeList",
    "Problem",
    "age_on",
    "birth_date_of",
    "check_digit",
    "class_of",
    "clean",
    "compact",
    "credit_check_character",
    "credit_code",
    "day",
    "id_number",
    "in_unit",
    "integer",
    "is_blank",
    "mask_id",
    "mask_phone",
    "masked_cell",
    "mobile_phone",
    "money",
    "optional_text",
    "organisation_check_character",
    "percent",
    "person_name",
    "require_working_age",
    "sex",
    "sex_of",
    "whole_percent",
    "written",
    "yes_no",
]
