"""Who is enrolled, leads a crew, has a card or stood proxy is not deleted; asked once for each person."""

from django.db import migrations

from core.operations import RestrictKeys


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("cases", "0012_contract_document"), ("members", "0004_persons_kept")]
    operations = [
        RestrictKeys("Enrolment", {"person_id": "members_person", "crew_leader_id": "members_person"}),
        RestrictKeys("MealCard", {"person_id": "members_person"}),
        RestrictKeys("MealCheckIn", {"proxy_by_id": "members_person"}),
    ]
