"""Memberships and group tags, as programs read them."""

from core.api.rows import LabelledSerializer, UnionCodeField
from members.models import MemberGroupTag, Membership


class MembershipSerializer(LabelledSerializer):
    union = UnionCodeField()

    class Meta:
        model = Membership
        fields = (
            "id",
            "union",
            "state",
            "valid_from",
            "began_by",
            "began_reason",
            "valid_to",
            "ended_by",
            "ended_reason",
        )


class TagSerializer(LabelledSerializer):
    class Meta:
        model = MemberGroupTag
        fields = ("id", "group", "valid_from", "valid_to", "evidence")
