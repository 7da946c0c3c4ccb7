"""The days of an approved month keep their cost-sharing rule: whose it is, its price, which of the days it covers."""

from django.db import migrations

# Whoever moves a rule holds the months that it touches still, so that none is approved meanwhile by what is leaving.
KEEP = """
create function funding_days_ruled(rule funding_costsharerule, month date) returns daterange language sql immutable as $$
  select case when rule.archived_at is not null then 'empty'::daterange
    else daterange(rule.valid_from, rule.valid_to)
      * daterange(month, (month + interval '1 month')::date) end
$$;

create function funding_keep_rule() returns trigger language plpgsql as $$
declare
  settled record;
  before daterange;
  after daterange;
begin
  perform app_event();
  for settled in
    select s.programme_id, s.month as first, s.stage from funding_settlement s
    where s.programme_id in (old.programme_id, new.programme_id) order by s.id for share of s
  loop
    before := case when settled.programme_id = old.programme_id then funding_days_ruled(old, settled.first)
      else 'empty' end;
    after := case when settled.programme_id = new.programme_id then funding_days_ruled(new, settled.first)
      else 'empty' end;
    if settled.stage in ('approved', 'paid', 'closed') and (
      before is distinct from after or (not isempty(before) and old.face_value <> new.face_value))
    then
      raise exception 'the rule of approved days does not change' using errcode = 'check_violation',
        hint = format('%s的结算已批准，那些日子的每份标准和分担办法不能再改。请从没有批准的月份起另登记一个。',
          to_char(settled.first, 'FMYYYY"年"FMMM"月"'));
    end if;
  end loop;
  return null;
end $$;

create trigger keep_frozen_insert after insert on funding_costsharerule
  for each row execute function funding_keep_rule();
create trigger keep_frozen after update on funding_costsharerule for each row
  when ((old.programme_id, old.face_value, old.valid_from, old.valid_to, old.archived_at)
    is distinct from (new.programme_id, new.face_value, new.valid_from, new.valid_to, new.archived_at))
  execute function funding_keep_rule();
create trigger keep_frozen_delete after delete on funding_costsharerule
  for each row execute function funding_keep_rule();
"""
DROP = """
drop trigger keep_frozen_insert on funding_costsharerule;
drop trigger keep_frozen on funding_costsharerule;
drop trigger keep_frozen_delete on funding_costsharerule;
drop function funding_keep_rule();
drop function funding_days_ruled(funding_costsharerule, date);
"""


class Migration(migrations.Migration):
    dependencies = [("funding", "0020_money_of_active_projects")]
    operations = [migrations.RunSQL(KEEP, DROP)]
