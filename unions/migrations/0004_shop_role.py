"""The role of the accounts by which shops' phones act."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("unions", "0003_constraint_sentences"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="account",
            name="account_role_known",
        ),
        migrations.AlterField(
            model_name="account",
            name="role",
            field=models.CharField(
                choices=[
                    ("clerk", "录入员"),
                    ("head", "负责人"),
                    ("reviewer", "审核员"),
                    ("official", "领导"),
                    ("admin", "管理员"),
                    ("shop", "爱心门店"),
                ],
                max_length=10,
                verbose_name="角色",
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ["clerk", "head", "reviewer", "official", "admin", "shop"])),
                name="account_role_known",
                violation_error_message="请选择角色。",
            ),
        ),
    ]
