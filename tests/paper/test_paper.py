"""A prescription on paper: what stands on it, in every language, and that it cannot be altered."""

from __future__ import annotations

import asyncio
import base64
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any

import pypdfium2
import pytest
import segno
from fpdf.fonts import TTFFont
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from config.signing_key import make_signing_key
from gateway.domain.errors import GatewayError
from gateway.paper.page import MARGIN_MM, WIDTH_MM, Page
from gateway.paper.prescription import Printing, own_words, render_pdf
from gateway.paper.signing import BadSigningKeyError, Seal
from sms.catalogue import Script
from tests.paper.documents import NOW, catalogue, document, medicine, old_document, press

LANGUAGES = sorted(language for language, script in catalogue().locales if script is Script.NATIVE)
PRINTING = Printing(catalogue(), "https://rx.example.in/rx/BCDF2345", NOW)
RIGHT_EDGE_MM = MARGIN_MM + WIDTH_MM
POINTS = 72 / 25.4
# The full stop that several scripts share.
DANDA = "।"
LATIN = {"notosans", "notosansB"}


def text_of(pdf: bytes) -> str:
    pages = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_bounded() for page in pages)


def test_every_field_that_the_regulations_ask_for_is_on_it() -> None:
    text = text_of(render_pdf(document(), PRINTING))
    for part in (
        "Dr Asha Rao, MBBS",
        "Reg. No. MH-12345",
        "Health centre, Wardha 442001",
        "+911800000100",
        "issued 23 Nov 2026",
        "valid until 23 Dec 2026",
        "34 years, female, 54 kg, 152 cm, LMP 2 Nov 2026",
        "Ward 3, Arvi",
        "fever, chest pain",
        "three days of fever",
        "alert by her account",
        "malaria smear",
        "viral fever",
        "penicillin",
        "metformin",
        "PARACETAMOL, tablet, 500 mg",
        "1-0-1, for 5 days",
        "after food",
        "drink much",
        "Digitally signed by the telemedicine service on 23 Nov 2026, 10:30",
        "https://rx.example.in/rx/BCDF2345",
        "Teleconsultation (audio, first consultation)",
    ):
        assert part in text


def test_a_prescription_of_an_older_version_still_prints() -> None:
    text = text_of(render_pdf(old_document(), PRINTING))
    assert "name not written, 34 years" in text
    assert "PARACETAMOL" in text


@pytest.mark.parametrize(
    ("spoken", "said"), [(True, "given by voice, kept as a recording"), (False, "name not told")]
)
def test_where_no_name_is_written_the_page_says_why(said: str, *, spoken: bool) -> None:
    nameless = {**document()["patient"], "name": "", "name_spoken": spoken}
    assert said in text_of(render_pdf(document(patient=nameless), PRINTING))


def test_a_child_below_one_year_has_an_age_in_months() -> None:
    baby = {**document()["patient"], "age_years": 0, "age_months": 7}
    assert "7 months" in text_of(render_pdf(document(patient=baby), PRINTING))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_a_glyph_for_each_of_its_signs(language: str) -> None:
    written = f"{document(language)} {' '.join(own_words(document(language), catalogue()))}"
    assert not glyphless(written)
    assert len(pypdfium2.PdfDocument(render_pdf(document(language), PRINTING))) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_patients_words_are_in_one_script_beside_latin(language: str) -> None:
    words = " ".join(own_words(document(language), catalogue()))
    fonts = Page(words.replace(DANDA, ""), foot="").fonts
    assert len(set(fonts) - LATIN) == (language != "en")


def test_a_sign_that_no_font_has_is_noticed() -> None:
    assert glyphless("fever 熱") == {"熱"}


def glyphless(text: str) -> set[str]:
    fonts = [font for font in Page(text, foot="").fonts.values() if isinstance(font, TTFFont)]
    return {sign for sign in text if not any(ord(sign) in font.cmap for font in fonts)}


def test_devanagari_is_shaped_and_not_set_letter_by_letter() -> None:
    """A conjunct is one glyph, narrower than its letters."""
    page = Page("क्ष", foot="")
    page.set_font("NotoSansDevanagari", size=10)
    width = page.get_string_width
    assert width("क्ष") < width("क") + width("ष")


def test_urdu_begins_at_the_right_margin_and_hindi_at_the_left() -> None:
    assert ends_of("ur", range(0x0600, 0x0780))[1] == pytest.approx(RIGHT_EDGE_MM, abs=3)
    assert ends_of("hi", range(0x0900, 0x0980))[0] == pytest.approx(MARGIN_MM, abs=3)


def ends_of(language: str, block: range) -> tuple[float, float]:
    """Return where the words in a script begin and end, in millimetres from the left."""
    nameless = {**document()["patient"], "name": ""}
    pdf = render_pdf(document(language, patient=nameless, notes=""), PRINTING)
    page = pypdfium2.PdfDocument(pdf)[0].get_textpage()
    text = page.get_text_range()
    boxes = [page.get_charbox(i) for i in range(len(text)) if ord(text[i]) in block]
    return min(box[0] for box in boxes) / POINTS, max(box[2] for box in boxes) / POINTS


def test_the_qr_code_holds_the_address_where_it_is_looked_up() -> None:
    image = pypdfium2.PdfDocument(render_pdf(document(), PRINTING))[0].render(scale=4).to_pil()
    grey, per_mm = image.convert("L"), image.width / 210
    matrix = tuple(segno.make(PRINTING.address, error="m", micro=False).matrix)
    module = 27 / len(matrix)
    for y, row in enumerate(matrix):
        for x, dark in enumerate(row):
            at = (RIGHT_EDGE_MM - 27 + (x + 0.5) * module, MARGIN_MM + (y + 0.5) * module)
            value = grey.getpixel((int(at[0] * per_mm), int(at[1] * per_mm)))
            assert (value < 128) == bool(dark)


def test_many_medicines_go_on_to_a_page_that_names_the_prescription() -> None:
    pdf = render_pdf(document(medicines=[medicine()] * 10), PRINTING)
    assert len(pypdfium2.PdfDocument(pdf)) == 2
    assert "Prescription BCDF2345 · 2/2" in text_of(pdf)


def test_a_cancelled_prescription_says_so_at_its_head() -> None:
    cancelled = replace(PRINTING, cancelled_on=date(2026, 11, 24))
    assert "CANCELLED on 24 Nov 2026. Do not dispense." in text_of(
        render_pdf(document(), cancelled)
    )
    assert "CANCELLED" not in text_of(render_pdf(document(), PRINTING))


def test_a_language_that_the_catalogue_lacks_is_an_error_and_no_half_page() -> None:
    with pytest.raises(GatewayError):
        render_pdf(document("fr"), PRINTING)


def signature_of(pdf: bytes) -> Any:
    [signature] = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    context = ValidationContext(trust_roots=[signature.signer_cert], allow_fetching=False)
    # It runs an event loop of its own, and a browser's test may have left one in this thread.
    with ThreadPoolExecutor(max_workers=1) as apart:
        return apart.submit(validate_pdf_signature, signature, context).result()


def test_the_signature_holds_and_covers_the_whole_file() -> None:
    status = signature_of(press().pdf(document(), at=NOW))
    assert status.bottom_line
    assert status.coverage.name == "ENTIRE_FILE"


def test_it_is_signed_where_an_event_loop_runs_too() -> None:
    async def sign() -> bytes:
        return press().pdf(document(), at=NOW)

    # In a thread of its own, since a browser's loop may run in this one.
    with ThreadPoolExecutor(1) as pool:
        assert signature_of(pool.submit(asyncio.run, sign()).result()).intact


def test_a_page_that_was_altered_is_no_longer_intact() -> None:
    pdf = press().pdf(document(), at=NOW)
    place = pdf.index(b"/MediaBox") + 11
    altered = pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]
    assert not signature_of(altered).intact


@pytest.mark.parametrize("text", ["", "no base64!", base64.b64encode(b"no key").decode()])
def test_a_signing_key_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(BadSigningKeyError):
        Seal.parse(text)


def test_a_certificate_of_another_key_is_refused() -> None:
    one, other = (base64.b64decode(make_signing_key()).decode() for _ in range(2))
    mixed = one[: one.index("-----BEGIN CERT")] + other[other.index("-----BEGIN CERT") :]
    with pytest.raises(BadSigningKeyError, match="not the key's"):
        Seal.parse(base64.b64encode(mixed.encode()).decode())


def test_the_seal_never_shows_its_key() -> None:
    assert "key=" not in repr(press())
