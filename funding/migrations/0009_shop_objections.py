"""A shop that does not agree with its month says why."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("funding", "0008_closed_months")]

    operations = [
        migrations.AddField(
            model_name="settlementline",
            name="objected_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="异议时间"),
        ),
        migrations.AddField(
            model_name="settlementline",
            name="objection",
            field=models.CharField(blank=True, db_default="", max_length=300, verbose_name="门店异议"),
        ),
        migrations.AddConstraint(
            model_name="settlementline",
            constraint=models.CheckConstraint(
                condition=Q(objected_at__isnull=True, objection="")
                | (Q(objected_at__isnull=False, confirmed_at__isnull=True) & ~Q(objection="")),
                name="settlementline_objection_complete",
                violation_error_message="门店异议要写明哪里不对和时间；已确认的没有异议。",
            ),
        ),
    ]
