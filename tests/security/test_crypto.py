"""What is personal is sealed at rest, and keys can be changed."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64decode
from datetime import UTC, datetime

import pytest
from sqlalchemy import Column, Engine, Integer, MetaData, Table, create_engine, select, text
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from gateway.db.crypto import (
    EncryptedBytes,
    EncryptedJson,
    EncryptedText,
    Keyring,
    KeyringError,
    TamperedError,
    UnknownKeyError,
    generate_key,
    keyed_hash,
)
from gateway.db.models import Caller

OLD, NEW = generate_key(), generate_key()
PHONE = "+919800000001"
COLUMN = "callers.phone_e164"


def ring(*keys: str) -> Keyring:
    return Keyring.parse(",".join(keys))


def test_a_sealed_value_opens_and_never_looks_the_same_twice() -> None:
    keyring = ring(NEW)
    first, second = (keyring.seal(PHONE.encode(), column=COLUMN) for _ in range(2))
    assert first != second
    assert PHONE.encode() not in first
    assert keyring.open(first, column=COLUMN) == keyring.open(second, column=COLUMN)


def test_every_altered_byte_is_noticed() -> None:
    keyring = ring(NEW)
    sealed = keyring.seal(b"x", column=COLUMN)
    for place in range(len(sealed)):
        altered = bytearray(sealed)
        altered[place] ^= 1
        with pytest.raises((TamperedError, UnknownKeyError), match=COLUMN):
            keyring.open(bytes(altered), column=COLUMN)


@pytest.mark.parametrize("length", [0, 1, 5, 16, 17, 32])
def test_a_value_cut_short_is_noticed(length: int) -> None:
    sealed = ring(NEW).seal(b"x", column=COLUMN)
    with pytest.raises(TamperedError):
        ring(NEW).open(sealed[:length], column=COLUMN)


def test_a_value_of_another_column_is_not_taken() -> None:
    sealed = ring(NEW).seal(b"x", column="patients.name")
    with pytest.raises(TamperedError, match=COLUMN):
        ring(NEW).open(sealed, column=COLUMN)


def test_a_strangers_key_opens_nothing() -> None:
    with pytest.raises(UnknownKeyError):
        ring(NEW).open(ring(OLD).seal(b"x", column=COLUMN), column=COLUMN)


def test_a_new_key_seals_and_the_old_one_still_opens() -> None:
    before, after = ring(OLD), ring(NEW, OLD)
    kept = before.seal(b"x", column=COLUMN)
    assert after.open(kept, column=COLUMN) == b"x"
    fresh = after.seal(b"x", column=COLUMN)
    assert ring(NEW).open(fresh, column=COLUMN) == b"x"
    with pytest.raises(UnknownKeyError):
        before.open(fresh, column=COLUMN)


def test_changing_keys_breaks_no_look_up() -> None:
    assert keyed_hash(PHONE, keyring=ring(OLD)) == keyed_hash(PHONE, keyring=ring(NEW, OLD))
    assert keyed_hash(PHONE, keyring=ring(OLD)) != keyed_hash(PHONE, keyring=ring(NEW))
    assert len(keyed_hash(PHONE, keyring=ring(OLD))) == 64


def test_a_fresh_key_is_32_bytes_and_both_alphabets_are_read() -> None:
    key = generate_key()
    secret = urlsafe_b64decode(key)
    assert len(secret) == 32
    hashes = {
        keyed_hash(PHONE, keyring=ring(form))
        for form in (key, b64encode(secret).decode(), key.rstrip("="), f" {key} ")
    }
    assert len(hashes) == 1


@pytest.mark.parametrize(
    ("field_keys", "message"),
    [
        ("", "empty"),
        (" , ", "empty"),
        (f"{NEW},not base64!", "entry 2 is not base64"),
        ("AAAA", "entry 1 is 3 bytes long, not 32"),
        (f"{NEW},{NEW}", "twice"),
    ],
    # Named here, since keys made anew would give each of several test processes other names.
    ids=["empty", "blank", "not-base64", "short", "twice"],
)
def test_keys_that_cannot_be_used_are_told_by_place_and_never_shown(
    field_keys: str, message: str
) -> None:
    with pytest.raises(KeyringError, match=message) as refused:
        Keyring.parse(field_keys)
    assert NEW not in str(refused.value)
    assert NEW not in repr(ring(NEW))


def test_columns_are_sealed_in_the_database_itself(engine: Engine) -> None:
    with Session(engine) as db:
        db.add(Caller(id="c1", phone_e164=PHONE, phone_hash="h", created_at=datetime.now(UTC)))
        db.commit()
        raw = db.scalar(text("SELECT phone_e164 FROM callers"))
        assert PHONE.encode() not in bytes(raw)
        assert db.scalar(select(Caller.phone_e164)) == PHONE


def test_each_kind_of_column_gives_back_what_it_got() -> None:
    engine = create_engine("sqlite://")
    engine.dialect.keyring = ring(NEW)  # type: ignore[attr-defined]  # as open_engine sets it
    sealed = Table(
        "sealed",
        MetaData(),
        Column("id", Integer, primary_key=True),
        Column("words", EncryptedText("sealed.words")),
        Column("facts", EncryptedJson("sealed.facts")),
        Column("audio", EncryptedBytes("sealed.audio")),
    )
    sealed.metadata.create_all(engine)
    row = {"words": "बुखार & 🤒", "facts": {"heard": ["fever", None, 1.5]}, "audio": b"\x00\xff"}
    with engine.begin() as connection:
        connection.execute(sealed.insert(), [{"id": 1, **row}])
        connection.execute(sealed.insert(), {"id": 2, "words": None, "facts": None, "audio": None})
        found = connection.execute(select(sealed).order_by(sealed.c.id)).mappings().all()
        empty = connection.scalar(text("SELECT words IS NULL FROM sealed WHERE id = 2"))
    assert dict(found[0]) == {"id": 1, **row}
    assert dict(found[1]) == {"id": 2, "words": None, "facts": None, "audio": None}
    assert empty == 1


def test_an_engine_without_keys_writes_nothing() -> None:
    table = Table("bare", MetaData(), Column("words", EncryptedText("bare.words")))
    engine = create_engine("sqlite://")
    table.metadata.create_all(engine)
    with engine.begin() as connection, pytest.raises(StatementError) as refused:
        connection.execute(table.insert(), {"words": "x"})
    assert isinstance(refused.value.orig, KeyringError)
