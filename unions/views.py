"""Sign-in and the account's own page."""

import logging
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from rest_framework.authtoken.models import Token

from core import scope
from core.actions import Refused
from core.requests import AccountView, client_address
from core.throttle import Throttle
from unions import actions
from unions.models import Account

log = logging.getLogger(__name__)

DEMO_ACCOUNTS = (
    "630103.clerk",
    "632323.clerk",
    "632322.head",
    "632300.reviewer",
    "630000.reviewer",
    "630000.official",
    "admin",
)


# One account from one address: at most ten guesses in a quarter of an hour. One address, which a whole office
# may share: what fails counts, whatever account it names.
GUESSES = Throttle("sign-in", free=4, first_wait=15, longest=900)
FAILURES = Throttle("sign-in-address", free=60, first_wait=5, longest=60)


EXPIRED = {
    "idle": "您有一个小时没有操作，为了安全已自动退出。请重新登录；刚才在表单里填写的内容会为您保留半小时。",
    "long": "这次登录已满八小时，为了安全已自动退出。请重新登录；刚才在表单里填写的内容会为您保留半小时。",
}


class SignInForm(AuthenticationForm):
    """Guessing is slowed down; the demonstration password opens nothing outside the demonstration."""

    wait = 0

    error_messages = {
        "invalid_login": "账号或密码不对。请核对大小写；忘记密码请联系管理员重设。",
        "inactive": "这个账号已停用，请联系管理员。",
    }

    def clean(self) -> dict[str, Any]:
        self._slow_down()
        if self.cleaned_data.get("password") == settings.DEMO_PASSWORD and not settings.DEMO_MODE:
            raise ValidationError("演示密码只能在演示环境使用。请联系管理员重设密码。")
        cleaned = super().clean()
        if self.user_cache is not None:
            GUESSES.forget(*self._subject)
            FAILURES.take_back(self._subject[1])
        return cleaned

    @property
    def _subject(self) -> tuple[str, str]:
        assert self.request is not None
        return self.cleaned_data.get("username", ""), client_address(self.request)

    def _slow_down(self) -> None:
        account, address = self._subject
        self.wait = GUESSES.seconds_to_wait(account, address)
        if not self.wait:
            self.wait = FAILURES.seconds_to_wait(address)
            if self.wait:
                GUESSES.take_back(account, address)
        if self.wait:
            after = f"{self.wait} 秒" if self.wait <= 90 else f"{-(-self.wait // 60)} 分钟"
            raise ValidationError(f"登录失败次数较多，请 {after}后再试。忘记密码请联系管理员重设。")


class SignInView(LoginView):
    """Sign-in leaves an audit entry."""

    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        actions.sign_in(by=form.get_user())
        return response

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_invalid(form)
        if isinstance(form, SignInForm) and form.wait:
            response.status_code = 429
            response["Retry-After"] = str(form.wait)
        else:
            self._note_failure(form)
        return response

    def _note_failure(self, form: AuthenticationForm) -> None:
        """Of an account that exists; what was typed instead of one may be a password and is told to nobody."""
        account = Account.objects.filter(username=form.data.get("username", "")).first()
        address = client_address(self.request)
        if account is None:
            log.warning("sign-in failed for an unknown account from %s", address)
            return
        actions.fail_to_sign_in(by=account, reason=f"来自 {address}"[:500])
        scope.set_counties([])

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        context = super().get_context_data(**context)
        context["expired"] = EXPIRED.get(self.request.GET.get("expired", ""), "")
        if settings.DEMO_MODE:
            context |= {"demo_accounts": _demo_accounts(), "demo_password": settings.DEMO_PASSWORD}
        return context


def _demo_accounts() -> list[dict[str, str]]:
    scope.apply_everywhere()
    accounts = (
        Account.objects.filter(username__in=DEMO_ACCOUNTS).select_related("union").order_by("union__path")
    )
    shown = [{"username": a.username, "union": str(a.union), "role": a.get_role_display()} for a in accounts]
    scope.set_counties([])
    return shown


class OwnPasswordForm(forms.Form):
    current = forms.CharField(label="现在的密码", widget=forms.PasswordInput)
    password = forms.CharField(
        label="新密码", widget=forms.PasswordInput, help_text="至少10个字符，不能全是数字，不能与账号相似。"
    )
    again = forms.CharField(label="再输一次新密码", widget=forms.PasswordInput)

    def __init__(self, account: Any, data: Any = None) -> None:
        super().__init__(data)
        self.account = account

    def clean_current(self) -> str:
        if not self.account.check_password(self.cleaned_data["current"]):
            raise ValidationError("现在的密码不对。")
        return str(self.cleaned_data["current"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("password") != data.get("again"):
            self.add_error("again", "两次输入的新密码不一样。")
        return data


class OwnAccountView(AccountView):
    """The account's own page: who am I, a new password, a token for programs."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(OwnPasswordForm(self.account))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = OwnPasswordForm(self.account, request.POST)
        if not form.is_valid():
            return self.page(form, 422)
        try:
            actions.change_own_password(by=self.account, password=form.cleaned_data["password"])
        except Refused as refused:
            form.add_error("password", refused.message)
            return self.page(form, 422)
        update_session_auth_hash(request, self.account)
        messages.success(request, "密码已修改。")
        return HttpResponseRedirect(request.path)

    def page(self, form: forms.Form, status: int = 200, token: str = "") -> HttpResponse:
        account = self.account
        facts = [
            {"label": "账号", "value": account.username},
            {"label": "工会", "value": str(account.union)},
            {"label": "角色", "value": account.get_role_display()},
        ]
        crumbs = [{"label": str(account.union), "url": "/"}, {"label": "我的账号", "url": ""}]
        context = {
            "form": form,
            "facts": facts,
            "crumbs": crumbs,
            "token": token,
            "token_made_at": Token.objects.filter(user=account).values_list("created", flat=True).first(),
        }
        response = render(self.request, "unions/account.html", context, status=status)
        if token:
            response["Cache-Control"] = "no-store"
        return response


class TokenView(OwnAccountView):
    """A new token, shown once; or the end of the present one."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        form = OwnPasswordForm(self.account)
        if "revoke" not in request.POST:
            return self.page(form, token=actions.create_token(by=self.account))
        try:
            actions.revoke_token(by=self.account)
            messages.success(request, "令牌已停用。")
        except Refused as refused:
            messages.error(request, refused.message)
        return HttpResponseRedirect(reverse("account"))
