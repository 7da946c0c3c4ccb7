"""A shop's check-ins of a day by their time: the settlement reads the late ones without the others of their day."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("cases", "0025_programmes_of_active_unions")]
    operations = [
        AddIndexConcurrently(
            model_name="mealcheckin",
            index=models.Index(fields=["shop", "served_on", "served_at"], name="meal_shop_time"),
        ),
        RemoveIndexConcurrently(model_name="mealcheckin", name="meal_shop_day"),
    ]
