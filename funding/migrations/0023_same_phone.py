"""One phone that confirms the meals of several workers is a doubt of the month."""

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
    ("statement", "与门店报数不一致"),
]
KNOWN = "settlementexception_reason_known"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("cases", "0029_worker_phones"), ("funding", "0022_withdrawn_corrections")]

    operations = [
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
