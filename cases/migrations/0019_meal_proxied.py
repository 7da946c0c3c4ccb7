"""What was booked for others is found without reading the whole month."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("cases", "0018_indexes_once")]
    operations = [
        AddIndexConcurrently(
            model_name="mealcheckin",
            index=models.Index(
                condition=models.Q(("channel", "proxy")),
                fields=["programme", "served_on"],
                name="meal_proxied",
            ),
        ),
    ]
