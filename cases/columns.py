"""Columns that several tables of programmes share, so that a heading read in one is read in all."""

from core.resource import Column, Kind

PROGRAMME_COLUMN = Column(
    "programme",
    "服务项目",
    example="某区爱心早餐",
    kind=Kind.REFERENCE,
    reference="programmes",
    required=True,
    is_key=True,
    source="programme.name",
    synonyms=("项目名称", "项目"),
    help="登记的全称。",
)
OFFICE_COLUMN = Column(
    "office", "街道（镇）", sort="office", synonyms=("所在街道", "所在街道（镇）", "街道", "乡镇")
)
