from __future__ import annotations

import pytest

from speech.models import SHIPPED_DIR
from speech.synthesis import UnknownLanguageError, pronounce
from speech.training.lexicon import Spoken, load_spoken, pronunciations
from speech.training.phones import PHONES
from tests.speech.test_recogniser import SHIPPED


def shipped_words() -> list[str]:
    table = (SHIPPED_DIR / SHIPPED / "graph" / "words.txt").read_text(encoding="utf-8")
    words = [line.split()[0] for line in table.splitlines()]
    return [word for word in words if word not in ("<eps>", "[unk]", "#0")]


def test_every_word_of_the_model_that_ships_has_a_pronunciation() -> None:
    found = pronunciations(shipped_words())
    assert len(found) == 1392
    assert all(
        ways and all(way and set(way) <= set(PHONES) for way in ways) for ways in found.values()
    )


def test_a_words_common_way_stands_beside_its_careful_one() -> None:
    ways = [" ".join(way) for way in pronunciations(["नहीं"])["नहीं"]]
    assert ways == ["n ə h ii", "n ai", "n ai h ii", "n ə ii"]


def test_a_word_without_a_sound_is_refused() -> None:
    with pytest.raises(ValueError, match="has no sound"):
        pronunciations(["…"])


@pytest.mark.parametrize("way", ["n QQ", "SIL", ""])
def test_ways_of_saying_are_checked_against_the_phones(way: str) -> None:
    with pytest.raises(ValueError, match="no such phones"):
        Spoken.model_validate({"version": 1, "words": {"नहीं": [way]}})


def test_no_way_of_saying_is_written_that_the_rules_give_already() -> None:
    bare = pronunciations(load_spoken().words, spoken=Spoken(version=1, words={}))
    written = load_spoken().words.items()
    assert [w for w, ways in written if {tuple(way.split()) for way in ways} & set(bare[w])] == []


def test_the_voice_tells_how_it_says_a_text_of_several_clauses() -> None:
    assert pronounce("बुखार है। दर्द", "hi").replace("ˈ", "") == "bʊkʰaːɾ hɛː dʌɾd"
    assert pronounce("", "hi") == ""
    with pytest.raises(UnknownLanguageError, match="'xx'"):
        pronounce("a", "xx")
