"""What the union doubts about a meal is a doubt of its month; an approved month takes no new one."""

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models

REASONS = [
    ("outside_hours", "不在供餐时间"),
    ("left_post", "当天没有登记在册"),
    ("closed_shop", "门店当天没有合同或停供"),
    ("proxy_share", "一人代登过多"),
    ("two_shops", "几分钟内在两家门店代登"),
    ("burst", "几秒内连续打卡"),
    ("same_phone", "一部手机替多人打卡"),
    ("raised", "工会提出疑问"),
    ("statement", "与门店报数不一致"),
]
KNOWN = "settlementexception_reason_known"
HOLD = """
create or replace function cases_month_state(programme bigint, day date) returns text language sql stable as $$
  select coalesce((
    select case when s.stage in ('drafted', 'confirmed') then 'generated' when s.stage = 'checked' then 'checked'
      else 'approved' end
    from funding_settlement s
    where s.programme_id = programme and s.month = date_trunc('month', day)::date), '')
$$;

create or replace function cases_hold_month(programme bigint, day date) returns text language sql volatile as $$
  select 1 from funding_settlement s
    where s.programme_id = programme and s.month = date_trunc('month', day)::date for share;
  select cases_month_state(programme, day)
$$;
"""
LET_GO = """
create or replace function cases_hold_month(programme bigint, day date) returns text language sql volatile as $$
  select ''
$$;

create or replace function cases_month_state(programme bigint, day date) returns text language sql stable as $$
  select ''
$$;
"""
# Whoever writes a doubt holds the month still, so that it is not approved meanwhile.
KEEP = """
create function funding_keep_doubts() returns trigger language plpgsql as $$
declare settled record;
begin
  perform app_event();
  for settled in
    select s.month, s.stage from funding_settlement s join cases_mealcheckin m
      on s.programme_id = m.programme_id and s.month = date_trunc('month', m.served_on)::date
    where m.id in (new.meal_id, old.meal_id) order by s.id for share of s
  loop
    if settled.stage in ('approved', 'paid', 'closed') then
      raise exception 'an approved month does not change' using errcode = 'check_violation',
        hint = format('%s的结算已批准，那个月的疑问不能再提出或撤回。多付、少付的请登记更正，记入以后的月份。',
          to_char(settled.month, 'FMYYYY"年"FMMM"月"'));
    end if;
  end loop;
  return null;
end $$;

create trigger keep_frozen after insert or update or delete on cases_mealdoubt
  for each row execute function funding_keep_doubts();
"""
DROP = "drop trigger keep_frozen on cases_mealdoubt; drop function funding_keep_doubts();"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("cases", "0030_meal_doubts"), ("funding", "0024_subsidy_not_overdrawn")]

    operations = [
        migrations.RunSQL(HOLD, LET_GO),
        migrations.RunSQL(KEEP, DROP),
        migrations.RemoveConstraint(model_name="settlementexception", name=KNOWN),
        migrations.AlterField(
            model_name="settlementexception",
            name="reason",
            field=models.CharField(choices=REASONS, max_length=16, verbose_name="原因"),
        ),
        AddConstraintNotValid(
            model_name="settlementexception",
            constraint=models.CheckConstraint(
                condition=models.Q(reason__in=[reason for reason, _ in REASONS]),
                name=KNOWN,
                violation_error_message="请选择疑点的原因。",
            ),
        ),
        ValidateConstraint(model_name="settlementexception", name=KNOWN),
    ]
