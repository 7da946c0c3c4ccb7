"""A shop may state its counts by day."""

from django.db import migrations, models
from django.db.models import Q

import funding.models.doubts

FIT = """
create function funding_days_fit(days text, month date, meals integer) returns boolean language sql immutable as $$
  select count(*) = extract(day from month + interval '1 month' - interval '1 day')
    and sum(case when part ~ '^[0-9]{1,5}$' then part::integer end) = meals and bool_and(part ~ '^[0-9]{1,5}$')
  from unnest(string_to_array(days, ',')) part
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("funding", "0014_indexes_once")]

    operations = [
        migrations.RunSQL(FIT, "drop function funding_days_fit"),
        migrations.AddField(
            model_name="shopstatement",
            name="days",
            field=models.CharField(blank=True, db_default="", max_length=200, verbose_name="逐日份数"),
        ),
        migrations.AddConstraint(
            model_name="shopstatement",
            constraint=models.CheckConstraint(
                condition=Q(days="") | Q(funding.models.doubts.DaysFit("days", "month", "meals")),
                name="shopstatement_days_add_up",
                violation_error_message="逐日份数要从1日写到月底，合计等于报数。",
            ),
        ),
    ]
