"""A correction keeps the day that it is about, which lies in the month of its line."""

from django.db import migrations, models

WITHIN = """
create function funding_correction_day() returns trigger language plpgsql as $$
begin
  if not exists (
    select from funding_settlementline l join funding_settlement s on s.id = l.settlement_id
    where l.id = new.line_id and new.day >= s.month and new.day < s.month + interval '1 month')
  then
    raise exception 'a correction is about a day of its month' using errcode = 'check_violation',
      hint = '更正的就餐日期应在被更正的月份之内。';
  end if;
  return new;
end $$;

create trigger day_of_month before insert or update of day, line_id on funding_settlementcorrection
  for each row when (new.day is not null) execute function funding_correction_day();
"""
DROP = "drop trigger day_of_month on funding_settlementcorrection; drop function funding_correction_day();"


class Migration(migrations.Migration):
    dependencies = [("funding", "0027_exceptions_of_withdrawn_meals")]

    operations = [
        migrations.AddField(
            model_name="settlementcorrection",
            name="day",
            field=models.DateField(blank=True, null=True, verbose_name="就餐日期"),
        ),
        migrations.RunSQL(WITHIN, DROP),
    ]
