"""What was booked for others is read from its index alone: its rows lie scattered over every page of the month."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("cases", "0021_tap_reach")]
    operations = [
        AddIndexConcurrently(
            model_name="mealcheckin",
            index=models.Index(
                condition=models.Q(("channel", "proxy")),
                fields=["programme", "served_on"],
                include=["id", "county", "shop", "proxy_by", "served_at"],
                name="meal_booked",
            ),
        ),
        RemoveIndexConcurrently(model_name="mealcheckin", name="meal_proxied"),
    ]
