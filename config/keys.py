"""Secrets of the installation: named by the environment in production, made once for a demonstration.

They never enter the database or its backup.
"""

import contextlib
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

FIELD_KEY_BYTES = 16
INDEX_KEY_BYTES = 32


class KeyRefused(ValueError):
    """A secret is absent or malformed; the message is one sentence for the person who starts the portal."""


@dataclass(frozen=True)
class Keys:
    """The signing secret, the SM4 keys of sealed fields by number, and the key of their search hashes."""

    secret_key: str
    field_keys: dict[int, bytes]
    index_key: bytes

    @property
    def current(self) -> int:
        """The number of the key that seals new values: the highest."""
        return max(self.field_keys)


def _key(text: str, length: int, name: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != length:
        raise KeyRefused(f"{name} 中的密钥须为 {length * 2} 位十六进制数，请按 docs/operations.md 重新生成。")
    return key


def _field_keys(text: str) -> dict[int, bytes]:
    """Read `1:00…ff,2:00…ff`."""
    keys: dict[int, bytes] = {}
    for part in text.split(","):
        number, _, value = part.partition(":")
        if not number.strip().isdecimal():
            raise KeyRefused("PORTAL_FIELD_KEYS 须写作“编号：密钥”，例如 1:（32 位十六进制数）。")
        keys[int(number)] = _key(value, FIELD_KEY_BYTES, "PORTAL_FIELD_KEYS")
    return keys


def from_environment() -> Keys:
    """Production: every secret is named by whoever runs the portal, or it does not start."""
    for name, purpose in (
        ("PORTAL_SECRET_KEY", "签名密钥"),
        ("PORTAL_FIELD_KEYS", "字段加密密钥"),
        ("PORTAL_INDEX_KEY", "检索密钥"),
    ):
        if not os.environ.get(name):
            raise KeyRefused(f"正式环境必须设置{purpose} {name}，见 docs/operations.md“密钥”一节。")
    return Keys(
        os.environ["PORTAL_SECRET_KEY"],
        _field_keys(os.environ["PORTAL_FIELD_KEYS"]),
        _key(os.environ["PORTAL_INDEX_KEY"], INDEX_KEY_BYTES, "PORTAL_INDEX_KEY"),
    )


def from_directory(data: Path) -> Keys:
    """Demonstration: made on first use, the same ever after."""
    path = data / "keys.json"
    if not path.exists():
        _make(path)
    known = json.loads(path.read_text())
    return Keys(
        known["secret_key"],
        {int(number): bytes.fromhex(value) for number, value in known["field_keys"].items()},
        bytes.fromhex(known["index_key"]),
    )


def _make(path: Path) -> None:
    """Write complete or not at all; of two processes the first wins."""
    path.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    part = path.with_name(f"keys.{os.getpid()}.part")
    made = {
        "secret_key": secrets.token_urlsafe(48),
        "field_keys": {"1": secrets.token_hex(FIELD_KEY_BYTES)},
        "index_key": secrets.token_hex(INDEX_KEY_BYTES),
    }
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w") as file:
        json.dump(made, file)
    with contextlib.suppress(FileExistsError):
        os.link(part, path)
    part.unlink()
