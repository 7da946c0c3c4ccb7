"""Tokens by which programs act as an account. Only a keyed hash is kept; the token itself is shown once."""

import secrets
from typing import Any

from rest_framework.authtoken.models import Token

from core.crypto import keyed_hash


def fingerprint(token: str) -> str:
    """What is stored of a token: 160 bits of its keyed hash."""
    return keyed_hash(token).hex()[:40]


def issue(account: Any) -> str:
    """A new token for an account; the one before it ends."""
    token = secrets.token_urlsafe(32)
    revoke(account)
    Token.objects.create(user=account, key=fingerprint(token))
    return token


def revoke(account: Any) -> bool:
    """End the account's token. False when there was none."""
    deleted, _ = Token.objects.filter(user=account).delete()
    return bool(deleted)
