"""Kinds of project: what is built or bought once and then used."""

from dataclasses import replace

from cases.kinds.declaration import Field, FieldKind, Kind

_AREA = Field("area_m2", "建筑面积", FieldKind.DECIMAL, "平方米", "照设计或验收文件填写，不含室外场地。")
_ALTITUDE = Field(
    "altitude_m", "海拔", FieldKind.INTEGER, "米", "项目所在地的海拔；用平均海拔的请在说明里注明。"
)
_ADDRESS = Field("address", "地址", help="写到街道门牌或村名，便于制图和到场核查。")

OXYGEN_BAR = Kind(
    key="oxygen_bar",
    label="高原职工氧吧",
    of="project",
    purpose="在高海拔地区为职工提供供氧、阅读、休闲、健身的场所。",
    fields=(
        replace(_AREA, required=True, example="300"),
        _ALTITUDE,
        Field(
            "oxygen_vs_plain",
            "当地含氧量相当于平原",
            FieldKind.DECIMAL,
            "%",
            "当地空气含氧量与平原相比的百分数，如 60。",
        ),
        Field("functions", "功能", help="如“供氧、阅读、休闲、健身、培训”。"),
        _ADDRESS,
    ),
    milestones=(
        "选址勘察",
        "立项批复",
        "资金落实",
        "招标",
        "开工",
        "主体完工",
        "设备安装",
        "验收",
        "投入使用",
    ),
)

OXYGEN_CHAMBER = Kind(
    key="oxygen_chamber",
    label="高压氧舱",
    of="project",
    purpose="为乡镇职工之家等场所配置高压氧舱。与氧吧分开立项、分开记账。",
    fields=(
        Field("places", "安装地点", required=True, help="写明各台装在哪个乡镇或单位。"),
        Field("chambers", "台数", FieldKind.INTEGER, "台", "计划购置的台数。到货的设备记在设备清单里。"),
        _ALTITUDE,
    ),
    milestones=("立项批复", "资金落实", "采购", "到货安装", "验收", "投入使用"),
)

VENUE = Kind(
    key="venue",
    label="服务阵地",
    of="project",
    purpose="工人文化宫、职工服务中心、职工之家、户外劳动者服务站点等场所的建设或改造。",
    fields=(
        Field(
            "venue_kind",
            "阵地类型",
            FieldKind.CHOICE,
            required=True,
            choices=(
                ("palace", "工人文化宫"),
                ("service_centre", "职工服务中心"),
                ("workers_home", "职工之家"),
                ("outdoor_station", "户外劳动者服务站点"),
                ("labour_park", "劳动公园"),
                ("other", "其他"),
            ),
        ),
        _AREA,
        _ADDRESS,
    ),
    milestones=("立项批复", "资金落实", "开工", "验收", "投入使用"),
)

PROJECT_KINDS = (OXYGEN_BAR, OXYGEN_CHAMBER, VENUE)
