"""No project is archived while a matching share is asked of it, and none is asked of an archived one."""

from django.db import migrations

from core.operations import ActiveProject

STANDS = "{row}.archived_at is null"
REFUSED = "“%s”已归档，不能再登记配套要求。请改选现在的建设项目。"
LEFT = "“%1$s”还有 %2$s 条配套要求，不能归档。请在项目页面的“配套要求”打开各条，先取消。"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("funding", "0025_raised_doubts")]
    operations = [ActiveProject("MatchRequirement", STANDS, REFUSED, LEFT)]
