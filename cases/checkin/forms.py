"""Forms of the clerk's pages about check-in, and of the phones' pages."""

from cases.models import CheckInDevice, PartnerShop
from core.forms import AccountModelForm, PickField


class DeviceForm(AccountModelForm):
    shop = PickField(PartnerShop, noun="门店", label="门店")

    class Meta:
        model = CheckInDevice
        fields = ("shop", "label")
        help_texts = {"label": "如“收银台手机”。同一家门店的手机不能重名。"}
