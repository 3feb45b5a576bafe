"""Numbers in thirteen languages: whatever their library or table, held to what is really said."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest

from ivr_flows.catalogues import LOCALE, load_numbers

NUMBERS = {
    path.parent.name: load_numbers(LOCALE, path.parent.name)
    for path in sorted(LOCALE.glob("*/numbers.yaml"))
}
# Spellings of grammars and dictionaries, not of the libraries: a golden that we could get wrong.
SAID = {
    "as": {0: "শূন্য", 4: "চাৰি", 10: "দহ", 11: "এঘাৰ", 16: "ষোল্ল", 100: "এশ", 1000: "এক হাজাৰ"},
    "bn": {5: "পাঁচ", 16: "ষোলো", 19: "উনিশ", 25: "পঁচিশ", 49: "উনপঞ্চাশ", 88: "আটাশি", 300: "তিনশো"},
    "en": {25: "twenty-five", 125: "one hundred and twenty-five", 200_000: "two lakh"},
    "gu": {6: "છ", 16: "સોળ", 42: "બેતાલીસ", 60: "સાઠ", 66: "છાસઠ", 80: "એંસી", 200: "બસો"},
    "hi": {
        0: "शून्य",
        34: "चौंतीस",
        99: "निन्यानवे",
        100: "एक सौ",
        125: "एक सौ पच्चीस",
        2007: "दो हज़ार सात",
        60_000: "साठ हज़ार",
        200_000: "दो लाख",
    },
    "kn": {
        21: "ಇಪ್ಪತ್ತೊಂದು",
        36: "ಮೂವತ್ತಾರು",
        93: "ತೊಂಬತ್ತಮೂರು",
        125: "ನೂರ ಇಪ್ಪತ್ತೈದು",
        200: "ಇನ್ನೂರು",
        500: "ಐನೂರು",
        200_000: "ಎರಡು ಲಕ್ಷ",
    },
    "ml": {17: "പതിനേഴ്", 18: "പതിനെട്ട്", 29: "ഇരുപത്തിയൊമ്പത്", 200: "ഇരുനൂറ്", 1000: "ആയിരം"},
    "mr": {16: "सोळा", 19: "एकोणीस", 50: "पन्नास", 74: "चौऱ्याहत्तर", 100: "शंभर", 112: "एकशे बारा"},
    "or": {0: "ଶୂନ୍ୟ", 5: "ପାଞ୍ଚ", 16: "ଷୋହଳ", 20: "କୋଡିଏ", 99: "ଅନେଶତ", 1100: "ଏକ ହଜାର ଏକ ଶହ"},
    "pa": {9: "ਨੌਂ", 21: "ਇੱਕੀ", 59: "ਉਨਾਹਠ", 75: "ਪਚਹੱਤਰ", 100: "ਇੱਕ ਸੌ", 200_000: "ਦੋ ਲੱਖ"},
    "ta": {
        1: "ஒன்று",
        9: "ஒன்பது",
        98: "தொண்ணூற்றெட்டு",
        100: "நூறு",
        500: "ஐநூறு",
        900: "தொள்ளாயிரம்",
        1000: "ஆயிரம்",
    },
    "te": {
        5: "ఐదు",
        20: "ఇరవై",
        100: "వంద",
        112: "నూట పన్నెండు",
        512: "ఐదు వందల పన్నెండు",
        1001: "వెయ్యి ఒకటి",
    },
    "ur": {
        5: "پانچ",
        23: "تئیس",
        64: "چونسٹھ",
        75: "پچھتر",
        125: "ایک سو پچیس",
        200_000: "دو لاکھ",
    },
}
# Signs that stand inside words: a hyphen and a comma in English.
JOINTS = frozenset("-, ")


@pytest.mark.parametrize(
    ("language", "number", "words"),
    [(language, number, words) for language in SAID for number, words in SAID[language].items()],
)
def test_number_is_said_in_words(language: str, number: int, words: str) -> None:
    assert NUMBERS[language].say(number) == words


def test_thirteen_languages_say_numbers() -> None:
    assert NUMBERS.keys() == SAID.keys()
    assert len(NUMBERS) == 13


@pytest.mark.parametrize("language", NUMBERS)
def test_every_number_has_words_of_its_own_in_the_letters_of_the_language(language: str) -> None:
    numbers = NUMBERS[language]
    script = unicodedata.name(next(iter(SAID[language].values()))[0]).split()[0]
    said = [numbers.say(number) for number in range(10_000)]
    assert len(set(said)) == len(said)
    assert all(unicodedata.is_normalized("NFC", words) for words in said)
    assert {unicodedata.name(char).split()[0] for char in set("".join(said)) - JOINTS} == {script}


@pytest.mark.parametrize("number", [60_000, 99_999, 100_000, 215_000, 9_999_999])
@pytest.mark.parametrize("language", NUMBERS)
def test_large_numbers_of_strengths_are_said(language: str, number: int) -> None:
    said = NUMBERS[language].say(number).split()
    assert not any(char.isdigit() for word in said for char in word)
    assert all(first != second for first, second in pairwise(said)), "no word twice in a row"


def test_assamese_and_bengali_keep_their_own_letters() -> None:
    assert not set("র") & set("".join(NUMBERS["as"].say(n) for n in range(1000)))
    assert not set("ৰৱ") & set("".join(NUMBERS["bn"].say(n) for n in range(1000)))


@pytest.mark.parametrize("number", [-1, 10_000_000])
def test_number_beyond_words_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="between 0 and 99,99,999"):
        NUMBERS["hi"].say(number)


@pytest.mark.parametrize("language", NUMBERS)
def test_emergency_number_is_said_digit_by_digit(language: str) -> None:
    """Everybody in India says one one two; "one hundred and twelve" would not be known."""
    numbers = NUMBERS[language]
    assert numbers.say_digits("112") == f"{numbers.say(1)}, {numbers.say(1)}, {numbers.say(2)}"
