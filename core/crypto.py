"""Sealed fields: sensitive text encrypted at rest (SM4-GCM) and found by a keyed hash (HMAC-SM3).

An envelope is `version | key id | nonce(12) | ciphertext | tag(16)`. The context (table, row, field) is
authenticated with it, so an envelope moved to another row does not open. Keys live outside the database.
"""

import os
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings
from django.db import models

VERSION = 1
NONCE, TAG = 12, 16


class CannotOpen(Exception):
    """The envelope does not belong to this row, or its key is missing."""


def seal(text: str, context: str) -> bytes:
    """Encrypt `text` for one place, named by `context` such as `members_person:<uuid>:id_number`."""
    return seal_all([(text, context)])[0]


def seal_all(given: Sequence[tuple[str, str]]) -> list[bytes]:
    """`seal` for many texts, each with its context."""
    key_id: int = settings.FIELD_KEY_CURRENT
    begin, cipher = bytes((VERSION, key_id)), _sm4(settings.FIELD_KEYS[key_id])
    random, envelopes = os.urandom(NONCE * len(given)), []
    for at, (text, context) in zip(range(0, len(random), NONCE), given, strict=True):
        nonce = random[at : at + NONCE]
        # Every nonce has a cipher of its own: one used twice under a key gives the texts away.
        encryptor = Cipher(cipher, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(context.encode())
        body = encryptor.update(text.encode())
        encryptor.finalize()
        envelopes.append(b"".join((begin, nonce, body, encryptor.tag)))
    return envelopes


def open_sealed(envelope: bytes, context: str) -> str:
    """Decrypt an envelope made by `seal` for the same context. Raises `CannotOpen`."""
    envelope = bytes(envelope)
    key = settings.FIELD_KEYS.get(envelope[1]) if envelope[:1] == bytes((VERSION,)) else None
    if key is None:
        raise CannotOpen("no key for this envelope")
    nonce, body, tag = envelope[2 : 2 + NONCE], envelope[2 + NONCE : -TAG], envelope[-TAG:]
    decryptor = Cipher(_sm4(key), modes.GCM(nonce, tag)).decryptor()
    decryptor.authenticate_additional_data(context.encode())
    try:
        return (decryptor.update(body) + decryptor.finalize()).decode()
    except InvalidTag as error:
        raise CannotOpen("the envelope belongs to another row or was altered") from error


@cache
def _sm4(key: bytes) -> algorithms.SM4:
    return algorithms.SM4(key)


def keyed_hash(text: str) -> bytes:
    """32 bytes that find equal texts without revealing them; for uniqueness and exact search."""
    return hasher()(text)


def hasher() -> Callable[[str], bytes]:
    """`keyed_hash` for many texts: the key is looked up once."""
    begun = _mac(settings.INDEX_KEY)

    def hash_one(text: str) -> bytes:
        mac = begun.copy()
        mac.update(text.encode())
        return mac.finalize()

    return hash_one


@cache
def _mac(key: bytes) -> hmac.HMAC:
    """Begun with the key; every value continues a copy."""
    return hmac.HMAC(key, hashes.SM3())


class SealedField(models.BinaryField):
    """An envelope column. Read and written through `seal_into` and `unseal`, never as plain text."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"editable": False, **options})

    def context(self, row: Any) -> str:
        return f"{self.model._meta.db_table}:{row.uuid}:{self.attname}"

    def seal_into(self, row: Any, text: str) -> None:
        """Put the sealed text on the row; an empty text clears it."""
        setattr(row, self.attname, seal(text, self.context(row)) if text else None)

    def unseal(self, row: Any) -> str:
        """The plain text. Callers leave an audit entry: only `reveal` actions and checks do this."""
        envelope = getattr(row, self.attname)
        return open_sealed(envelope, self.context(row)) if envelope else ""
