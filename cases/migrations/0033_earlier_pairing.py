"""What a phone had scanned before it was paired anew is told apart from what somebody has changed."""

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models

REASONS = [
    ("duplicate", "当天已就餐"),
    ("not_served", "门店此时不供餐"),
    ("not_enrolled", "没有登记"),
    ("unknown_code", "码无效"),
    ("expired_code", "码已过期"),
    ("replaced_card", "已换卡"),
    ("wrong_digits", "末四位不符"),
    ("card_share", "扫卡份数过多"),
    ("too_late", "补传超过72小时"),
    ("clock", "手机时间不准"),
    ("no_leader", "不是班组长"),
    ("closed_month", "当月已结算"),
    ("earlier_pairing", "重新配对以前的"),
]
KNOWN = "rejected_reason_known"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("cases", "0032_audit_log")]

    operations = [
        migrations.RemoveConstraint(model_name="rejectedscan", name=KNOWN),
        migrations.AlterField(
            model_name="rejectedscan",
            name="reason",
            field=models.CharField(choices=REASONS, max_length=16, verbose_name="原因"),
        ),
        AddConstraintNotValid(
            model_name="rejectedscan",
            constraint=models.CheckConstraint(
                condition=models.Q(reason__in=[reason for reason, _ in REASONS]),
                name=KNOWN,
                violation_error_message="请写明未成功的原因。",
            ),
        ),
        ValidateConstraint(model_name="rejectedscan", name=KNOWN),
    ]
