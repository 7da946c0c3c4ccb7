"""No union is archived while a programme of it runs, and an archived one starts none."""

from django.db import migrations

from core.operations import ActiveUnion

RUNS = (
    "({row}.archived_at is null and ({row}.ended_on is null"
    " or {row}.ended_on > (now() at time zone 'Asia/Shanghai')::date))"
)
LEFT = (
    "“%1$s”还有 %2$s 个服务项目在进行，不能归档。"
    "请在“服务项目”名单里按“隶属 %3$s”筛选，先在“修改”里填写结束日期。"
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("cases", "0024_tap_once"), ("unions", "0007_unions_once")]
    operations = [ActiveUnion("Programme", RUNS, "服务项目", LEFT)]
