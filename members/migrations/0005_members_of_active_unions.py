"""No union is archived while it has members, and nobody becomes a member of an archived one."""

from django.db import migrations

from core.operations import ActiveUnion

LEFT = (
    "“%1$s”还有 %2$s 名会员（在籍或保留会籍），不能归档。"
    "请在“会员”名单里按“隶属 %3$s”筛选，先办理转会或终止会籍。"
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("members", "0004_persons_kept"), ("unions", "0007_unions_once")]
    operations = [ActiveUnion("Membership", "{row}.valid_to is null", "会籍", LEFT)]
