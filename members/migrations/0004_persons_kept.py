"""Who has a membership or a tag is not deleted; asked once for each of the persons that an undo takes back."""

from django.db import migrations

from core.operations import RestrictKeys


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("members", "0003_transfer_request")]
    operations = [
        RestrictKeys("Membership", {"person_id": "members_person"}),
        RestrictKeys("MemberGroupTag", {"person_id": "members_person"}),
    ]
