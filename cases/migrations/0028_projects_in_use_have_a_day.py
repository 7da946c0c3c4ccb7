"""A project in use has the day on which it opened; one from before is asked for it when it is changed next."""

import django.db.models
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("cases", "0027_tap_plan")]
    operations = [
        AddConstraintNotValid(
            "project",
            django.db.models.CheckConstraint(
                condition=django.db.models.Q(("stage", "in_use"), _negated=True)
                | django.db.models.Q(("opened_on__isnull", False)),
                name="project_in_use_has_day",
                violation_error_message="投入使用的项目要填实际投用日期；已登记的项目用“更正阶段”补填。",
            ),
        )
    ]
