"""Kinds of programme: services that run day by day."""

from cases.kinds.declaration import Field, FieldKind, Kind

BREAKFAST = Kind(
    key="breakfast",
    label="爱心早餐",
    of="programme",
    purpose="为环卫工人等户外劳动者每天提供一份热早餐，费用由几方分担。",
    serves_meals=True,
    hours=("serves_from", "serves_until"),
    fields=(
        Field(
            "served_group",
            "服务对象",
            required=True,
            help="如“全区环卫工人”。与登记职工的范围一致。",
            example="全区环卫工人",
        ),
        Field(
            "planned_workers",
            "计划人数",
            FieldKind.INTEGER,
            "人",
            "方案写明的服务人数，不是已登记人数。已登记人数由系统按名单计算。",
        ),
        Field("serves_from", "供餐开始", FieldKind.TIME, help="每天开始供餐的时间，如 06:30。"),
        Field("serves_until", "供餐结束", FieldKind.TIME, help="每天停止供餐的时间，如 09:30。"),
        Field(
            "card_limit",
            "每店每天扫卡上限",
            FieldKind.INTEGER,
            "份",
            "一家门店一天最多扫多少张印制的就餐卡；职工用手机扫码不受限。不填表示不限。",
        ),
        Field(
            "payers",
            "分担各方",
            help="按方案填写，如“省市补、区上拿、商家让、个人出”。各方实际出的钱记在资金明细里。",
        ),
    ),
)

RELIEF = Kind(
    key="relief",
    label="困难职工帮扶",
    of="programme",
    purpose="用中央财政和上级工会的帮扶资金救助困难职工家庭。",
    fields=(
        Field("relief_kinds", "救助类别", help="如“生活救助、医疗救助、助学救助”。"),
        Field(
            "planned_households",
            "计划户数",
            FieldKind.INTEGER,
            "户",
            "申报时写明的在档困难职工户数，不是已救助户数。",
        ),
    ),
)

PROGRAMME_KINDS = (BREAKFAST, RELIEF)
