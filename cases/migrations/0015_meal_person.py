"""A meal knows its worker, so that one meal a day holds whatever programmes he is enrolled in."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0014_keys_once"), ("members", "0004_persons_kept")]

    operations = [
        migrations.AddField(
            model_name="mealcheckin",
            name="person",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="members.person",
                verbose_name="职工",
            ),
        ),
    ]
