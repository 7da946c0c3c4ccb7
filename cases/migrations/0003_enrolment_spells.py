"""A worker who leaves a programme and returns has two spells of enrolment that do not overlap."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import migrations

from unions.models.employers import span


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_scope"), ("members", "0002_scope"), ("unions", "0002_scope")]
    operations = [
        migrations.RemoveConstraint(model_name="enrolment", name="enrolment_once"),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=ExclusionConstraint(
                name="enrolment_once_at_a_time",
                expressions=[
                    ("programme", RangeOperators.EQUAL),
                    ("person", RangeOperators.EQUAL),
                    (span(), RangeOperators.OVERLAPS),
                ],
                violation_error_message="此人在这段时间已登记在这个项目中。",
            ),
        ),
    ]
