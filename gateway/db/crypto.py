"""Encryption at rest: names, numbers, symptoms, transcripts and audio are sealed column by column.

AES-256-GCM (NIST SP 800-38D) under the keys of FIELD_KEYS; the column's name is authenticated
with each value, so a sealed value cannot be moved to another column. A sealed value is
`version (1 byte) | key id (4) | nonce (12) | ciphertext and tag`.
"""

from __future__ import annotations

import hmac
import json
import os
from base64 import b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Dialect, LargeBinary, TypeDecorator

from gateway.domain.errors import GatewayError

_KEY_BYTES: Final = 32
_VERSION: Final = b"\x01"
_ID_BYTES: Final = 4
_NONCE_BYTES: Final = 12
_NONCE_AT: Final = len(_VERSION) + _ID_BYTES
_BODY_AT: Final = _NONCE_AT + _NONCE_BYTES


class KeyringError(GatewayError):
    """The keys of FIELD_KEYS cannot be used; the message says which, never what they are."""


class UnknownKeyError(GatewayError):
    """A value was sealed under a key that is not in the keyring."""


class TamperedError(GatewayError):
    """A sealed value was altered, cut short, or moved from another column."""


def _derive(secret: bytes, purpose: str) -> bytes:
    # RFC 5869: one purpose's key tells nothing of another's.
    kdf = HKDF(
        algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=f"doorvani {purpose}".encode()
    )
    return kdf.derive(secret)


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of this installation: the first seals, all open, the oldest (last) looks up.

    To rotate, put a new key in front and keep the others: what they sealed stays readable, and
    look-up hashes stay the same because they hang on the last key alone.
    """

    ids: tuple[bytes, ...]
    ciphers: tuple[AESGCM, ...] = field(repr=False)
    lookup_key: bytes = field(repr=False)

    @classmethod
    def parse(cls, field_keys: str) -> Self:
        """Return the keyring of FIELD_KEYS: base64 keys of 32 bytes, separated by commas.

        Errors: KeyringError, naming the entry's place.
        """
        entries = [entry.strip() for entry in field_keys.split(",") if entry.strip()]
        if not entries:
            raise KeyringError("FIELD_KEYS is empty: at least one base64 key of 32 bytes is needed")
        secrets = [_decode_key(entry, place) for place, entry in enumerate(entries, start=1)]
        if len(set(secrets)) != len(secrets):
            raise KeyringError("FIELD_KEYS names the same key twice")
        return cls(
            ids=tuple(_derive(secret, "key id")[:_ID_BYTES] for secret in secrets),
            ciphers=tuple(AESGCM(_derive(secret, "fields")) for secret in secrets),
            lookup_key=_derive(secrets[-1], "look-up"),
        )

    def seal(self, plain: bytes, *, column: str) -> bytes:
        """Return the value sealed under the first key for that column ("table.column").

        Nonces are random: a key serves for 2**32 values (SP 800-38D, 8.3), far beyond one service.
        """
        nonce = os.urandom(_NONCE_BYTES)
        header = _VERSION + self.ids[0]
        return header + nonce + self.ciphers[0].encrypt(nonce, plain, header + column.encode())

    def open(self, sealed: bytes, *, column: str) -> bytes:
        """Return what `seal` was given.

        Errors: UnknownKeyError, TamperedError.
        """
        header, nonce = sealed[:_NONCE_AT], sealed[_NONCE_AT:_BODY_AT]
        if len(sealed) < _BODY_AT or header[:1] != _VERSION:
            raise TamperedError(f"{column}: not a sealed value")
        if header[1:] not in self.ids:
            raise UnknownKeyError(f"{column}: sealed under a key that FIELD_KEYS does not hold")
        cipher = self.ciphers[self.ids.index(header[1:])]
        try:
            return cipher.decrypt(nonce, sealed[_BODY_AT:], header + column.encode())
        except InvalidTag as error:
            raise TamperedError(f"{column}: the sealed value was altered") from error


def _decode_key(entry: str, place: int) -> bytes:
    try:
        # Both alphabets of RFC 4648 are met in the wild; the padding is often lost in a shell.
        plain = entry.translate(str.maketrans("-_", "+/")).rstrip("=")
        secret = b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (Base64Error, ValueError) as error:
        raise KeyringError(f"FIELD_KEYS: entry {place} is not base64") from error
    if len(secret) != _KEY_BYTES:
        raise KeyringError(
            f"FIELD_KEYS: entry {place} is {len(secret)} bytes long, not {_KEY_BYTES}"
        )
    return secret


def generate_key() -> str:
    """Return a fresh key for FIELD_KEYS: 32 random bytes, base64 with the URL alphabet."""
    return urlsafe_b64encode(os.urandom(_KEY_BYTES)).decode()


def keyed_hash(value: str, *, keyring: Keyring) -> str:
    """Return the look-up hash of a sealed value: HMAC-SHA256 (RFC 2104), 64 hex digits.

    It hangs on the oldest key, so rotating FIELD_KEYS breaks no look-up; dropping that key does.
    """
    return hmac.new(keyring.lookup_key, value.encode(), sha256).hexdigest()


class _Sealed(TypeDecorator[Any]):
    """A column sealed under the engine's keyring (`engine.dialect.keyring`); NULL stays NULL.

    A sealed column cannot be searched or sorted: look it up by a `keyed_hash` beside it.
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(self, column: str) -> None:
        super().__init__()
        self.column = column

    def encode(self, value: Any) -> bytes:
        raise NotImplementedError

    def decode(self, plain: bytes) -> Any:
        raise NotImplementedError

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        return keyring_of(dialect).seal(self.encode(value), column=self.column)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any | None:
        if value is None:
            return None
        return self.decode(keyring_of(dialect).open(bytes(value), column=self.column))


class EncryptedText(_Sealed):
    """Text, sealed."""

    cache_ok = True

    def encode(self, value: str) -> bytes:
        return value.encode()

    def decode(self, plain: bytes) -> str:
        return plain.decode()


class EncryptedJson(_Sealed):
    """A JSON value, sealed; assign a new value to change it, since edits in place go unseen."""

    cache_ok = True

    def encode(self, value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    def decode(self, plain: bytes) -> Any:
        return json.loads(plain)


class EncryptedBytes(_Sealed):
    """Bytes, sealed; for audio."""

    cache_ok = True

    def encode(self, value: bytes) -> bytes:
        return value

    def decode(self, plain: bytes) -> bytes:
        return plain


def keyring_of(dialect: Dialect) -> Keyring:
    """Return the keyring that the engine was opened with. Errors: KeyringError when it has none."""
    keyring = getattr(dialect, "keyring", None)
    if not isinstance(keyring, Keyring):
        raise KeyringError("this engine was given no keyring: set engine.dialect.keyring")
    return keyring
