"""The key over (row, county) proves what the plain key proved: each row asks once."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("unions", "0005_history_without_passwords"),
    ]

    operations = [
        migrations.AlterField(
            model_name="democraticsystem",
            name="employer",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="democratic_systems",
                to="unions.employer",
                verbose_name="用人单位",
            ),
        ),
        migrations.AlterField(
            model_name="employerheadcount",
            name="employer",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="headcounts",
                to="unions.employer",
                verbose_name="用人单位",
            ),
        ),
        migrations.AlterField(
            model_name="unitcoverage",
            name="employer",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="coverages",
                to="unions.employer",
                verbose_name="用人单位",
            ),
        ),
    ]
