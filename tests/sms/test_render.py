from __future__ import annotations

from dataclasses import replace

import pytest

from sms.catalogue import Script, registered_form
from sms.medicine import (
    DayParts,
    DoseUnit,
    MedicineLine,
    Pattern,
    line_as_json,
    line_from_json,
)
from sms.render import (
    LineMessage,
    RenderRefusal,
    RenderRule,
    Sms,
    line_message,
    render,
    spoken_line,
    spoken_prescriber,
)
from sms.segments import Encoding, count
from tests.sms.catalogue_file import shipped

TOKEN = {"token": "417", "minutes": "12", "number": "+911800000100"}
LINE = MedicineLine(
    medicine="PARACETAMOL",
    form="tablet",
    strength="500 mg",
    pattern=Pattern.DAILY,
    unit=DoseUnit.PIECE,
    days=5,
    parts=DayParts(morning="1", night="1/2"),
    names={"hi": "पैरासिटामोल", "en": "paracetamol"},
)
WRITTEN = sorted(shipped().locales)
# With every value at its longest.
MOST_SEGMENTS = 6


def sms(kind: str, values: dict[str, str], *, language: str = "en", script: str = "native") -> Sms:
    text = render(kind, language=language, script=script, values=values, catalogue=shipped())
    assert isinstance(text, Sms), text
    return text


@pytest.mark.parametrize(("language", "script"), WRITTEN)
@pytest.mark.parametrize("kind", sorted(shipped().templates))
def test_every_kind_can_be_written_in_every_language_and_script(
    kind: str, language: str, script: Script
) -> None:
    values = {name: "9" * most for name, most in shipped().templates[kind].variables.items()}
    text = sms(kind, values, language=language, script=script)
    assert all(value in text.text for value in values.values())
    assert "{" not in text.text
    assert text.segments == count(text.text)
    roman = script == Script.ROMAN or language == "en"
    assert text.segments.encoding is (Encoding.GSM7 if roman else Encoding.UCS2)
    assert text.segments.segments <= MOST_SEGMENTS


def test_a_token_in_devanagari_costs_ucs2_and_in_roman_gsm7() -> None:
    native = sms("token", TOKEN, language="hi")
    roman = sms("token", TOKEN, language="hi", script="roman")
    assert "टोकन 417" in native.text
    assert native.segments.encoding is Encoding.UCS2
    assert "token 417" in roman.text
    assert (roman.segments.encoding, roman.segments.segments) == (Encoding.GSM7, 1)


def test_the_template_and_the_header_go_along() -> None:
    text = sms("token", TOKEN)
    assert (text.header, text.template_id) == ("DOORVN", "draft:token:en")
    registered = replace(shipped().templates["token"], template_ids={"en": "1107160000000012345"})
    catalogue = replace(shipped(), templates={**shipped().templates, "token": registered})
    again = render("token", language="en", script="native", values=TOKEN, catalogue=catalogue)
    assert isinstance(again, Sms)
    assert again.template_id == "1107160000000012345"


def test_the_text_is_the_registered_one_with_its_variables_filled() -> None:
    template = shipped().text("en", "sms.token")
    expected = registered_form(template)
    for value in ("417", "12", "+911800000100"):
        expected = expected.replace("{#var#}", value, 1)
    assert sms("token", TOKEN).text == expected


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"token": "1" * 11}, RenderRefusal("token", RenderRule.TOO_LONG, "token", 11, 10)),
        ({"token": ""}, RenderRefusal("token", RenderRule.MISSING, "token")),
        ({"token": "4\n7"}, RenderRefusal("token", RenderRule.FORBIDDEN, "token")),
        ({"token": "4  7"}, RenderRefusal("token", RenderRule.FORBIDDEN, "token")),
        ({"token": " 47"}, RenderRefusal("token", RenderRule.FORBIDDEN, "token")),
        ({"token": "www.x.y"}, RenderRefusal("token", RenderRule.FORBIDDEN, "token")),
        ({"token": "tk.in/4"}, RenderRefusal("token", RenderRule.FORBIDDEN, "token")),
        ({"token": "<47>"}, RenderRefusal("token", RenderRule.FORBIDDEN, "token")),
        ({"token": "{minutes}"}, RenderRefusal("token", RenderRule.FORBIDDEN, "token")),
    ],
)
def test_a_value_that_the_operator_would_drop_is_refused(
    changed: dict[str, str], refusal: RenderRefusal
) -> None:
    values = {**TOKEN, **changed}
    found = render("token", language="hi", script="native", values=values, catalogue=shipped())
    assert found == refusal


def test_a_value_at_its_limit_is_taken() -> None:
    assert "1234567890" in sms("token", {**TOKEN, "token": "1234567890"}).text


def test_a_variable_that_was_not_given_is_named() -> None:
    values = {"token": "417", "minutes": "12"}
    found = render("token", language="hi", script="native", values=values, catalogue=shipped())
    assert found == RenderRefusal("token", RenderRule.MISSING, "number")


@pytest.mark.parametrize("language", sorted({language for language, _ in WRITTEN}))
def test_roman_letters_never_take_more_segments(language: str) -> None:
    for kind, template in shipped().templates.items():
        values = {name: "9" * most for name, most in template.variables.items()}
        roman = sms(kind, values, language=language, script="roman")
        native = sms(kind, values, language=language)
        assert roman.segments.segments <= native.segments.segments, kind


@pytest.mark.parametrize(
    ("kind", "language", "script", "rule"),
    [
        ("lottery", "hi", "native", RenderRule.UNKNOWN_KIND),
        ("token", "xx", "native", RenderRule.UNKNOWN_LANGUAGE),
        ("token", "hi", "runes", RenderRule.UNKNOWN_LANGUAGE),
    ],
)
def test_what_the_catalogue_lacks_is_refused(
    kind: str, language: str, script: str, rule: RenderRule
) -> None:
    found = render(kind, language=language, script=script, values=TOKEN, catalogue=shipped())
    assert isinstance(found, RenderRefusal)
    assert found.rule is rule


def test_a_name_in_devanagari_is_romanised_for_a_roman_message() -> None:
    values = {"code": "K7M4", "doctor": "कमला देवी", "registration": "MH-12345"}
    roman = sms("prescription_head", values, language="hi", script="roman")
    assert "Dr kamla devi" in roman.text
    assert roman.segments.encoding is Encoding.GSM7
    assert "कमला देवी" in sms("prescription_head", values, language="hi").text


@pytest.mark.parametrize(
    ("language", "doctor", "written"),
    [
        ("bn", "কমলা দেবী", "komla debi"),
        ("ta", "கமலா தேவி", "kamala thevi"),
        ("bn", "कमला देवी", "kamla devi"),
        ("ur", "कमला देवी", "kamla devi"),
        ("te", "Kamala Devi", "Kamala Devi"),
    ],
)
def test_a_name_in_any_indian_letters_is_romanised_in_any_language(
    language: str, doctor: str, written: str
) -> None:
    values = {"code": "K7M4", "doctor": doctor, "registration": "MH-12345"}
    roman = sms("prescription_head", values, language=language, script="roman")
    assert f"Dr {written}" in roman.text.replace("Doctor", "Dr").replace("doctor", "Dr")
    assert roman.segments.encoding is Encoding.GSM7


def test_a_name_in_urdu_letters_is_kept_whole_at_the_price_of_ucs2() -> None:
    """Its vowels are not written; a name must not be guessed, and not lost."""
    values = {"code": "K7M4", "doctor": "کملا دیوی", "registration": "MH-12345"}
    roman = sms("prescription_head", values, language="ur", script="roman")
    assert "Dr کملا دیوی" in roman.text
    assert roman.segments.encoding is Encoding.UCS2


def message(line: MedicineLine, language: str = "hi", script: str = "roman") -> str:
    found = line_message(line, position=1, language=language, script=script, catalogue=shipped())
    assert isinstance(found, LineMessage), found
    return sms(found.kind, dict(found.values), language=language, script=script).text


def test_a_line_is_one_message_with_its_parts() -> None:
    assert message(LINE) == (
        "Doorvani dawa 1: PARACETAMOL, goli, 500 mg. Subah 1, dopahar 0, raat 1/2. 5 din tak lein."
    )
    assert message(LINE, "hi", "native") == (
        "दूरवाणी दवा 1: PARACETAMOL, गोली, 500 mg. सुबह 1, दोपहर 0, रात 1/2. 5 दिन तक लें."
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (replace(LINE, parts=DayParts("1", "1", "1", "1")), "shaam 1"),
        (replace(LINE, pattern=Pattern.AS_NEEDED, at_most=3), "3 baar se zyada nahin"),
        (replace(LINE, pattern=Pattern.WEEKLY), "Hafte mein keval ek baar 1"),
        (replace(LINE, pattern=Pattern.ONCE, amount="2"), "Keval ek baar 2"),
        (replace(LINE, unit=DoseUnit.ML, form="syrup", parts=DayParts("5")), "Subah 5 ml"),
    ],
)
def test_each_pattern_has_its_template(line: MedicineLine, words: str) -> None:
    assert words in message(line)


FORMS = sorted(key.removeprefix("form.") for key in shipped().texts["en"] if key[:5] == "form.")


@pytest.mark.parametrize("language", sorted({language for language, _ in WRITTEN}))
def test_every_form_and_unit_can_be_texted_in_roman_letters(language: str) -> None:
    for form in FORMS:
        for unit in DoseUnit:
            parts = DayParts("1 1/2", "12.5", "0", "1 1/2")
            line = replace(LINE, form=form, unit=unit, parts=parts, days=90)
            found = line_message(
                line, position=10, language=language, script="roman", catalogue=shipped()
            )
            assert isinstance(found, LineMessage), (form, unit, found)
            text = sms(found.kind, dict(found.values), language=language, script="roman")
            assert text.segments.encoding is Encoding.GSM7
            assert "PARACETAMOL" in text.text
            assert "500 mg" in text.text


def test_a_form_without_a_word_is_refused() -> None:
    strange = replace(LINE, form="elixir")
    found = line_message(strange, position=1, language="hi", script="native", catalogue=shipped())
    heard = spoken_line(strange, position=1, language="hi", catalogue=shipped())
    for refusal in (found, heard):
        assert isinstance(refusal, RenderRefusal)
        assert (refusal.rule, refusal.variable) == (RenderRule.UNKNOWN_WORD, "form")


@pytest.mark.parametrize(
    ("line", "heard"),
    [
        (LINE, "दवा 1: पैरासिटामोल। गोली, 500 मिलीग्राम। सुबह 1, रात आधी। 5 दिन तक।"),
        (
            replace(LINE, parts=DayParts(noon="1 1/2")),
            "दवा 1: पैरासिटामोल। गोली, 500 मिलीग्राम। दोपहर डेढ़। 5 दिन तक।",
        ),
        (
            replace(LINE, pattern=Pattern.AS_NEEDED, at_most=3, strength="125 mg/5 ml"),
            "दवा 1: पैरासिटामोल। गोली, 125 मिलीग्राम, 5 मिलीलीटर। केवल ज़रूरत होने पर 1। "
            "दिन में 3 बार से ज़्यादा नहीं। 5 दिन तक।",
        ),
    ],
)
def test_a_line_is_heard_in_words_without_symbols(line: MedicineLine, heard: str) -> None:
    assert spoken_line(line, position=1, language="hi", catalogue=shipped()) == heard


def test_numbers_are_heard_in_the_words_that_are_given() -> None:
    """Every number of a line: its place, strength, amounts, times and days."""
    words = {1: "एक", 3: "तीन", 5: "पाँच", 125: "सवा सौ"}
    line = replace(LINE, pattern=Pattern.AS_NEEDED, at_most=3, strength="125 mg/5 ml", amount="3")
    heard = spoken_line(
        line, position=1, language="hi", catalogue=shipped(), say=lambda number: words[number]
    )
    assert isinstance(heard, str)
    assert not any(char.isdigit() for char in heard)
    assert "सवा सौ मिलीग्राम, पाँच मिलीलीटर" in heard


def test_a_line_is_heard_in_english() -> None:
    heard = spoken_line(LINE, position=2, language="en", catalogue=shipped())
    assert heard == (
        "Medicine 2: paracetamol. tablet, 500 milligrams. morning 1, night half. For 5 days."
    )


def head(language: str, *, expired: bool = False) -> object:
    return spoken_prescriber(
        "Asha Verma", on="तीन मार्च", expired=expired, language=language, catalogue=shipped()
    )


def test_an_unknown_language_is_refused_aloud_too() -> None:
    heard = spoken_line(LINE, position=1, language="xx", catalogue=shipped())
    assert isinstance(heard, RenderRefusal)
    doctor = head("xx")
    assert isinstance(doctor, RenderRefusal)
    assert "Asha Verma" in str(head("hi"))
    assert "तीन मार्च" in str(head("hi"))
    assert head("hi", expired=True) != head("hi")


def test_a_line_survives_being_kept_as_json() -> None:
    assert line_from_json(line_as_json(LINE)) == LINE
