"""Forms of the clerk's pages about check-in, and of the phones' pages."""

from django import forms

from cases.models import CheckInDevice, PartnerShop
from core.forms import AccountForm, AccountModelForm, PickField


class DeviceForm(AccountModelForm):
    shop = PickField(PartnerShop, noun="门店", label="门店")

    class Meta:
        model = CheckInDevice
        fields = ("shop", "label")
        help_texts = {"label": "如“收银台手机”。同一家门店的手机不能重名。"}


class DeviceLabelForm(AccountForm):
    label = forms.CharField(
        label="手机名称", max_length=60, help_text="如“收银台手机”。同一家门店的手机不能重名。"
    )
