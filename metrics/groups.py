"""The groups by which figures are broken down, and what their values are called on screen."""

from collections.abc import Callable
from dataclasses import dataclass

from cases.kinds import kinds_of
from funding.models import PairingTier, SourceKind
from unions.models import Ownership, UnionKind
from unions.models.employers import INDUSTRIES


@dataclass(frozen=True)
class Group:
    """One way to break a figure down; `names` turns values into words, one without a name shows as it is."""

    key: str
    label: str
    names: Callable[[], dict[str, str]] = dict

    def name_of(self, value: str) -> str:
        return self.names().get(value, value)


def _ownership() -> dict[str, str]:
    return {**{value: str(label) for value, label in Ownership.choices}, "enterprise": "企业合计"}


GROUPS: dict[str, Group] = {
    group.key: group
    for group in (
        Group("ownership", "单位性质", _ownership),
        Group("industry", "行业", lambda: dict(INDUSTRIES)),
        Group("union_kind", "工会类型", lambda: {value: str(label) for value, label in UnionKind.choices}),
        Group("office", "街道（镇）"),
        Group("source_kind", "资金类别", lambda: {value: str(label) for value, label in SourceKind.choices}),
        Group("tier", "对口层级", lambda: {value: str(label) for value, label in PairingTier.choices}),
        Group("project_kind", "项目种类", lambda: {kind.key: kind.label for kind in kinds_of("project")}),
    )
}
