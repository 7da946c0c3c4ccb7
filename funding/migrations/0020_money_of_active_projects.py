"""No project is archived while money or contracts stand on it, and an archived one takes neither."""

from django.db import migrations

from core.operations import ActiveProject

STANDS = "{row}.archived_at is null"
LINES = (
    "“%1$s”还有 %2$s 条资金明细，不能归档。"
    "请在项目页面的“资金明细”打开“查看全部”，先逐条归档，或更正到别的项目。"
)
CONTRACTS = (
    "“%1$s”还有 %2$s 份合同，不能归档。请在项目页面的“合同”打开各份合同，先归档合同；有付款的要先删去付款。"
)
REFUSED = "“%s”已归档，不能再{verb}。请改选现在的建设项目。"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("funding", "0019_unions_once"), ("cases", "0027_tap_plan")]
    operations = [
        ActiveProject("FundingLine", STANDS, REFUSED.format(verb="记资金"), LINES),
        ActiveProject("ProjectContract", STANDS, REFUSED.format(verb="登记合同"), CONTRACTS),
    ]
