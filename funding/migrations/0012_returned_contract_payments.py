"""A contract's payment that the bank returned stays in the file and counts as paid no longer."""

from django.db import migrations, models
from django.db.models import F, Q

SUMS = """
create or replace function funding_contract_sums() returns trigger language plpgsql as $$
declare
  touched bigint[];
begin
  if tg_op = 'INSERT' then
    touched := array(select distinct contract_id from new_rows);
  elsif tg_op = 'DELETE' then
    touched := array(select distinct contract_id from old_rows);
  else
    touched := array(select contract_id from old_rows union select contract_id from new_rows);
  end if;
  perform 1 from funding_projectcontract where id = any(touched) order by id for update;
  update funding_projectcontract c set paid = s.paid, supplemented = s.supplemented
  from (
    select t.id,
      coalesce((select sum(amount) from funding_contractpayment p
                where p.contract_id = t.id and p.archived_at is null and p.returned_on is null), 0) as paid,
      coalesce((select sum(amount) from funding_contractsupplement a
                where a.contract_id = t.id and a.archived_at is null), 0) as supplemented
    from unnest(touched) as t (id)
  ) s
  where c.id = s.id and (c.paid, c.supplemented) is distinct from (s.paid, s.supplemented);
  return null;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("funding", "0011_returned_payments")]

    operations = [
        migrations.AddField(
            model_name="contractpayment",
            name="returned_on",
            field=models.DateField(editable=False, null=True, verbose_name="退回日期"),
        ),
        migrations.AddField(
            model_name="contractpayment",
            name="returned_reason",
            field=models.CharField(
                blank=True, db_default="", editable=False, max_length=300, verbose_name="退回原因"
            ),
        ),
        migrations.AddConstraint(
            model_name="contractpayment",
            constraint=models.CheckConstraint(
                condition=Q(returned_on__isnull=True, returned_reason="")
                | (Q(returned_on__isnull=False, returned_on__gte=F("paid_on")) & ~Q(returned_reason="")),
                name="contractpayment_return_complete",
                violation_error_message="退回的付款要写明日期（不早于付款日期）和原因。",
            ),
        ),
        migrations.RunSQL(SUMS, migrations.RunSQL.noop),
    ]
