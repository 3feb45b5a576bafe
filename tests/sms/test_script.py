from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms.script import has_devanagari, respell, romanise
from sms.segments import Encoding, encoding_of


@pytest.mark.parametrize(
    ("hindi", "roman"),
    [
        ("बुखार", "bukhar"),
        ("कमज़ोरी", "kamzori"),
        ("घबराहट", "ghabrahat"),
        ("सिर दर्द", "sir dard"),
        ("सिरदर्द", "sirdard"),
        ("पेट दर्द", "pet dard"),
        ("खून", "khoon"),
        ("आँख लाल", "aankh laal"),
        ("चक्कर", "chakkar"),
        ("साँस", "saans"),
        ("चोट", "chot"),
        ("छाती", "chhati"),
        ("समझना", "samajhna"),
        ("कमला देवी", "kamla devi"),
        ("लक्ष्मण", "lakshman"),
        ("मित्र", "mitra"),
        ("गड़बड़", "gadbad"),
        ("पढ़ाई", "padhai"),
        ("ज्ञान", "gyaan"),
        ("कृष्णा", "krishna"),
        ("डॉक्टर", "doctor"),
        ("न", "na"),
    ],
)
def test_words_are_written_as_people_type_them(hindi: str, roman: str) -> None:
    assert romanise(hindi) == roman


def test_the_two_ways_of_writing_a_nukta_are_one() -> None:
    assert romanise("ज़ुकाम") == romanise("ज\u093cुकाम") == "zukam"


def test_digits_dandas_and_latin_words_are_kept_in_place() -> None:
    assert romanise("राम १२ बजे। PARACETAMOL 500 mg") == "raam 12 baje. PARACETAMOL 500 mg"


CONSONANTS = list("कखगचछजटठडतथदनपफबमयरलवशसह")
LETTERS = st.one_of(
    st.sampled_from([*"अआइईउऊऋएऐओऔऑ", "क्ष", "ज्ञ", "श्र", "ज़", "फ़", "ड़", "ढ़", "ख़", "ग़", "क़"]),
    st.builds(
        lambda letter, sign, coda: letter + sign + coda,
        st.sampled_from([*CONSONANTS, "घ", "झ", "ढ", "ण", "ध", "भ", "ष"]),
        st.sampled_from(["", *"ािीुूृेैोौॉ", "्"]),
        st.sampled_from(["", "ं", "ँ", "ः"]),
    ),
    st.just(" "),
)


@given(st.lists(LETTERS, max_size=20))
def test_any_hindi_becomes_letters_that_a_cheap_telephone_shows(letters: list[str]) -> None:
    assert not has_devanagari(romanise("".join(letters)))


@given(st.lists(st.sampled_from(CONSONANTS), min_size=1, max_size=8))
def test_words_of_plain_letters_are_gsm7(letters: list[str]) -> None:
    assert encoding_of(romanise("ा".join(letters))) is Encoding.GSM7


def test_a_letter_that_is_not_hindi_is_kept_and_not_lost() -> None:
    assert romanise("ऽ") != ""


@pytest.mark.parametrize(
    ("language", "spelt"),
    [
        ("mr", "पैरासिटामोल"),
        ("bn", "পৈরাসিটামোল"),
        ("as", "পৈৰাসিটামোল"),
        ("gu", "પૈરાસિટામોલ"),
        ("ta", "பைராஸிடாமோல்"),
        ("te", "పైరాసిటామోల్"),
        ("ur", None),
    ],
)
def test_a_name_is_respelt_sound_for_sound(language: str, spelt: str | None) -> None:
    """Dravidian letters need the mark that keeps a last vowel unsaid; Urdu has no such scheme."""
    assert respell("पैरासिटामोल", language) == spelt


@pytest.mark.parametrize("language", ["as", "bn", "gu", "kn", "ml", "or", "pa", "ta", "te"])
@pytest.mark.parametrize(
    "name", ["एम्ब्रोक्सॉल", "ऑन्डैन्सेट्रॉन", "सेटिरिज़ीन", "सेटिरि\u095bीन", "फ़ेरस", "आँख"]
)
def test_no_letter_of_hindi_is_left_in_a_name_that_is_respelt(language: str, name: str) -> None:
    spelt = respell(name, language)
    assert spelt
    assert not has_devanagari(spelt)


def test_marathi_keeps_the_letters_of_hindi() -> None:
    assert respell("एम्ब्रोक्सॉल", "mr") == "एम्ब्रोक्सॉल"
