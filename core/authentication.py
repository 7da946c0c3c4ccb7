"""Sign-in of programs by token."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed

from core import scope
from core.tokens import fingerprint


class TokenAuthentication(authentication.TokenAuthentication):
    """`Authorization: Token …`; gives the request's transaction the account's scope."""

    def authenticate_credentials(self, key: str) -> tuple[Any, Any]:
        try:
            account, token = super().authenticate_credentials(fingerprint(key))
        except AuthenticationFailed as failed:
            raise AuthenticationFailed("令牌无效，或账号已停用。") from failed
        scope.apply(account)
        return account, token


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema describes it."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "在“我的账号”页面生成，写作 `Token 令牌`。",
        }
