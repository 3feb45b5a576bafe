"""A page with our fonts: every script that we speak, shaped, in both directions of writing."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import segno
from fpdf import FPDF
from fpdf.enums import Align, XPos, YPos

_FONTS: Final = Path(__file__).parent / "fonts"
_LATIN: Final = "NotoSans"
_URDU: Final = "NotoNastaliqUrdu"
# The block of each script, and its font; a page carries only those that it needs.
_SCRIPTS: Final = {
    range(0x0600, 0x0780): _URDU,
    range(0x0900, 0x0980): "NotoSansDevanagari",
    range(0x0980, 0x0A00): "NotoSansBengali",
    range(0x0A00, 0x0A80): "NotoSansGurmukhi",
    range(0x0A80, 0x0B00): "NotoSansGujarati",
    range(0x0B00, 0x0B80): "NotoSansOriya",
    range(0x0B80, 0x0C00): "NotoSansTamil",
    range(0x0C00, 0x0C80): "NotoSansTelugu",
    range(0x0C80, 0x0D00): "NotoSansKannada",
    range(0x0D00, 0x0D80): "NotoSansMalayalam",
}
MARGIN_MM: Final = 16
WIDTH_MM: Final = 210 - 2 * MARGIN_MM
LINE_MM: Final = 5.2
SIZE: Final = 10
SMALL: Final = 8
_LABEL_MM: Final = 42
# Nastaliq climbs from right to left: a line of it is nearly twice as tall.
_TALL: Final = 1.9


class Page(FPDF):
    """A4 written from the top down; `text` is all that will stand on it, to choose the fonts."""

    def __init__(self, text: str, *, foot: str) -> None:
        super().__init__(format="A4")
        self._foot = foot
        self.set_margin(MARGIN_MM)
        self.set_auto_page_break(auto=True, margin=MARGIN_MM + LINE_MM)
        for style, weight in (("", "Regular"), ("B", "Bold")):
            self.add_font(_LATIN, style, _FONTS / f"{_LATIN}-{weight}.ttf")
        fonts = sorted({font for sign in text if (font := _font_of(sign))})
        for font in fonts:
            self.add_font(font, fname=_FONTS / f"{font}-Regular.ttf")
        self.set_fallback_fonts(fonts, exact_match=False)
        self.set_text_shaping(use_shaping_engine=True)
        self.add_page()

    def footer(self) -> None:
        """Name the document and the page; fpdf2 calls it at the end of each."""
        self.set_y(-MARGIN_MM)
        self.set_font(_LATIN, size=SMALL)
        self.cell(0, LINE_MM, f"{self._foot} · {self.page_no()}/{{nb}}", align=Align.C)

    def paragraph(
        self, text: str, *, bold: bool = False, size: int = SIZE, width_mm: float = WIDTH_MM
    ) -> None:
        """Write text from the margin and go below it; Urdu stands on the right."""
        urdu = _is_urdu(text)
        self.set_font(_LATIN, "B" if bold else "", size)
        height = LINE_MM * size / SIZE * (_TALL if urdu else 1)
        align = Align.R if urdu else Align.L
        self.multi_cell(width_mm, height, text, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def fact(self, label: str, text: str) -> None:
        """Write a label with its text beside it."""
        if self.will_page_break(2 * LINE_MM):
            self.add_page()
        self.set_font(_LATIN, "B", SMALL)
        self.cell(_LABEL_MM, LINE_MM, label)
        left, self.l_margin = self.l_margin, self.l_margin + _LABEL_MM
        self.paragraph(text, width_mm=WIDTH_MM - _LABEL_MM)
        self.l_margin = left
        self.set_x(left)

    def keep_together(self, height_mm: float) -> None:
        """Begin a page where so much would not fit on this one."""
        if self.will_page_break(height_mm):
            self.add_page()

    def rule(self) -> None:
        """Draw a line across, with some room around it."""
        y = self.get_y() + 1.5
        self.set_line_width(0.2)
        self.line(MARGIN_MM, y, MARGIN_MM + WIDTH_MM, y)
        self.set_y(y + 1.5)

    def qr(self, text: str, *, side_mm: float) -> None:
        """Draw a QR code in the corner at the top right; what is written next is not moved."""
        rows = tuple(segno.make(text, error="m", micro=False).matrix)
        module = side_mm / len(rows)
        left, top = MARGIN_MM + WIDTH_MM - side_mm, float(MARGIN_MM)
        for y, row in enumerate(rows):
            for x, dark in enumerate(row):
                if dark:
                    self.rect(left + x * module, top + y * module, module, module, style="F")


def _font_of(sign: str) -> str:
    """Return the font of a sign that is not Latin, empty where it is."""
    code = ord(sign)
    return next((font for block, font in _SCRIPTS.items() if code in block), "")


def _is_urdu(text: str) -> bool:
    """Tell whether most letters of the text are written from right to left."""
    letters = [_font_of(sign) for sign in text if sign.isalpha()]
    return letters.count(_URDU) * 2 > len(letters)
