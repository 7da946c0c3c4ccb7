"""What hangs on unions and employers, as programs read it."""

from core.api.rows import LabelledSerializer, UnionCodeField
from unions.models import (
    DemocraticSystem,
    EmployerHeadcount,
    LegalPersonRegistration,
    UnionHeadcount,
    UnionTerm,
    UnitCoverage,
)


class CertificateSerializer(LabelledSerializer):
    class Meta:
        model = LegalPersonRegistration
        fields = ("id", "certificate_no", "issued_on", "expires_on")


class ReportedMembersSerializer(LabelledSerializer):
    class Meta:
        model = UnionHeadcount
        fields = ("id", "counted_on", "until", "members")


class TermSerializer(LabelledSerializer):
    class Meta:
        model = UnionTerm
        fields = ("id", "started_on", "ends_on")


class HeadcountSerializer(LabelledSerializer):
    class Meta:
        model = EmployerHeadcount
        fields = (
            "id",
            "valid_from",
            "valid_to",
            "workers",
            "female_workers",
            "rural_migrants",
            "new_employment",
            "source",
        )


class CoverageSerializer(LabelledSerializer):
    union = UnionCodeField()

    class Meta:
        model = UnitCoverage
        fields = ("id", "union", "valid_from", "valid_to")


class SystemSerializer(LabelledSerializer):
    class Meta:
        model = DemocraticSystem
        fields = ("id", "kind", "form", "valid_from", "valid_to", "last_session_on")
