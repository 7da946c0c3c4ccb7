"""Rights and who has them. Code asks for a right, never for a role's name; changes are reviewed here."""

from django.db.models import TextChoices


class Role(TextChoices):
    CLERK = "clerk", "录入员"
    HEAD = "head", "负责人"
    REVIEWER = "reviewer", "审核员"
    OFFICIAL = "official", "领导"
    ADMIN = "admin", "管理员"
    SHOP = "shop", "爱心门店"


class Right(TextChoices):
    VIEW = "view", "查看"
    EDIT_UNIONS = "edit_unions", "维护工会组织"
    EDIT_EMPLOYERS = "edit_employers", "维护用人单位"
    EDIT_MEMBERS = "edit_members", "维护会员"
    EDIT_CASES = "edit_cases", "维护项目与服务"
    EDIT_FUNDING = "edit_funding", "维护资金"
    IMPORT = "import", "导入表格"
    EXPORT = "export", "导出表格"
    REVEAL = "reveal", "查看完整证件号"
    EXPLAIN = "explain", "处理待核事项"
    APPROVE = "approve", "批准结算"
    COMPUTE = "compute", "计算指标"
    SET_TARGETS = "set_targets", "设定目标值"
    GRANT = "grant", "下达补助"
    MANAGE_ACCOUNTS = "manage_accounts", "管理账号"
    CHECK_IN = "check_in", "就餐打卡"


_ENTRY = {
    Right.VIEW,
    Right.EDIT_UNIONS,
    Right.EDIT_EMPLOYERS,
    Right.EDIT_MEMBERS,
    Right.EDIT_CASES,
    Right.EDIT_FUNDING,
    Right.IMPORT,
    Right.EXPORT,
    Right.REVEAL,
    Right.EXPLAIN,
}

RIGHTS_OF: dict[str, frozenset[Right]] = {
    Role.CLERK: frozenset(_ENTRY),
    Role.HEAD: frozenset(_ENTRY | {Right.APPROVE}),
    Role.REVIEWER: frozenset(
        {
            Right.VIEW,
            Right.EXPORT,
            Right.IMPORT,
            Right.EXPLAIN,
            Right.COMPUTE,
            Right.SET_TARGETS,
            Right.GRANT,
        }
    ),
    Role.OFFICIAL: frozenset({Right.VIEW, Right.EXPORT}),
    Role.ADMIN: frozenset(Right) - {Right.CHECK_IN},
    # Acts through the shop's phones and never signs in, see `cases.checkin.shopfront`.
    Role.SHOP: frozenset({Right.CHECK_IN}),
}
