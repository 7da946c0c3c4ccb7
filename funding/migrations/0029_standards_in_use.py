"""What has been granted keeps its standard: its months, a period that covers the day of the grant, and the row itself.

Only what is written from now on is judged.
"""

from django.db import migrations

# The grant holds its standard until the end, and whoever changes that waits: each sees the other.
KEEP = """
create function funding_keep_standard() returns trigger language plpgsql as $$
declare
  granted bigint;
  last date;
  said text;
begin
  select count(*), max(granted_on) into granted, last from funding_subsidygrant
  where standard_id = new.id and archived_at is null;
  if granted = 0 then
    return null;
  end if;
  if old.spend_within <> new.spend_within then
    said := '使用期限不能改';
  elsif old.archived_at is null and new.archived_at is not null then
    said := '不能归档';
  elsif old.valid_to is distinct from new.valid_to and new.valid_to <= last then
    said := format('最后一笔在 %s，终止日期要在这一天以后', last);
  end if;
  if said is not null then
    raise exception 'standard in use' using errcode = 'check_violation',
      hint = format('按这个标准已下达 %s 笔补助，%s。要换标准，请给它填写终止日期，再制定新标准。', granted, said);
  end if;
  return null;
end $$;
create trigger keep_granted after update on funding_subsidystandard for each row
  when ((old.spend_within, old.valid_to, old.archived_at)
    is distinct from (new.spend_within, new.valid_to, new.archived_at))
  execute function funding_keep_standard();

create function funding_grant_by_standard() returns trigger language plpgsql as $$
declare
  own funding_subsidystandard;
begin
  select * into own from funding_subsidystandard where id = new.standard_id for share;
  if own.archived_at is not null or new.granted_on < own.valid_from or new.granted_on >= own.valid_to then
    raise exception 'standard not in force' using errcode = 'check_violation',
      hint = format('补助标准刚有变动，在 %s 已不是有效的标准。请核对最新的标准，再下达。', new.granted_on);
  end if;
  return null;
end $$;
create trigger by_standard_insert after insert on funding_subsidygrant for each row
  when (new.archived_at is null and new.standard_id is not null) execute function funding_grant_by_standard();
create trigger by_standard_update after update on funding_subsidygrant for each row
  when (new.archived_at is null and new.standard_id is not null
    and (old.archived_at is not null or old.standard_id is distinct from new.standard_id))
  execute function funding_grant_by_standard();
"""
DROP = "drop function funding_keep_standard() cascade; drop function funding_grant_by_standard() cascade;"


class Migration(migrations.Migration):
    dependencies = [("funding", "0028_correction_days")]
    operations = [migrations.RunSQL(KEEP, DROP)]
