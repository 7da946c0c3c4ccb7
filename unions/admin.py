"""Accounts, unions, employers and divisions in the admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from core.actionadmin import ActionModelAdmin, Writes
from core.forms import AccountModelForm
from unions import actions
from unions.forms import UnionField
from unions.models import Account, AdministrativeDivision, Employer, Union
from unions.screens import EMPLOYER_SCREEN, UNION_SCREEN

PASSWORD_HELP = "至少10个字符，不能全是数字，不能与账号相似。"


class NewAccountForm(AccountModelForm):
    union = UnionField()
    password = forms.CharField(label="初始密码", widget=forms.PasswordInput, help_text=PASSWORD_HELP)

    class Meta:
        model = Account
        fields = ("username", "name", "role")


class AccountChangeForm(AccountModelForm):
    union = UnionField()
    new_password = forms.CharField(
        label="重设密码",
        widget=forms.PasswordInput,
        required=False,
        help_text=f"留空表示不改。{PASSWORD_HELP}",
    )

    class Meta:
        model = Account
        fields = ("username", "name", "role", "is_active")


@admin.register(Account)
class AccountAdmin(ActionModelAdmin):
    """Accounts are made, moved, stopped and given a new password here."""

    writes = Writes(
        create=actions.create_account,
        change=actions.change_account,
        form=NewAccountForm,
        change_form=AccountChangeForm,
    )
    list_display = ("username", "name", "role", "union", "is_active")
    list_filter = ("role", "is_active")
    list_select_related = ("union",)
    search_fields = ("username", "name", "union__name")

    def apply_change(self, request: HttpRequest, row: Account, values: dict[str, Any]) -> None:
        password = values.pop("new_password")
        super().apply_change(request, row, values)
        if password:
            actions.set_password(by=request.user, row=row, password=password)


@admin.register(Union)
class UnionAdmin(ActionModelAdmin):
    writes = Writes.of(UNION_SCREEN)
    list_display = ("name", "code", "level", "kind", "parent", "founded_on", "archived_at")
    list_filter = ("level", "kind", "line")
    list_select_related = ("parent",)
    search_fields = ("name", "code", "credit_code", "name_sort")


@admin.register(Employer)
class EmployerAdmin(ActionModelAdmin):
    writes = Writes.of(EMPLOYER_SCREEN)
    list_display = ("name", "union", "ownership", "industry_code", "listed_on", "closed_on", "archived_at")
    list_filter = ("ownership", "industry_code")
    list_select_related = ("union",)
    search_fields = ("name", "credit_code", "name_sort")


@admin.register(AdministrativeDivision)
class DivisionAdmin(ActionModelAdmin):
    """Reference data of GB/T 2260; it changes with the standard, not here."""

    list_display = ("code", "name", "level", "parent", "valid_from", "valid_to")
    list_filter = ("level",)
    list_select_related = ("parent",)
    search_fields = ("=code", "name")
