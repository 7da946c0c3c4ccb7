"""A pause that was cancelled stands in nobody's way; a small table, written anew in a moment."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
from django.db import migrations, models

import unions.models.employers


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0022_meal_booked"),
        ("unions", "0006_keys_once"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="shoppause",
            name="pause_no_overlap",
        ),
        migrations.AddConstraint(
            model_name="shoppause",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("archived_at__isnull", True)),
                expressions=[
                    ("shop", "="),
                    ("kind", "="),
                    (
                        unions.models.employers.DateSpan(
                            "valid_from", "valid_to", django.contrib.postgres.fields.ranges.RangeBoundary()
                        ),
                        "&&",
                    ),
                ],
                name="pause_no_overlap",
                violation_error_message="这家门店在这段时间已登记停供，请核对日期。",
            ),
        ),
    ]
