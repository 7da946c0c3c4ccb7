"""A correction that was withdrawn is settled in no month."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("funding", "0021_rules_of_frozen_days"),
        ("unions", "0007_unions_once"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="settlementcorrection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("archived_at__isnull", True), ("taken_in__isnull", True), _connector="OR"
                ),
                name="settlementcorrection_withdrawn_not_taken",
                violation_error_message="这笔更正已撤回，不能再记入月份。请重新生成。",
            ),
        ),
    ]
