"""Type: how wide words are, and the one font subset a book carries.

`Face` measures with the font's own advance widths. `Ink` numbers the glyphs of a book in the order they
are first drawn, so that page streams can be written before the subset is made, and remembers which
character each stands for: searching 人口普查 finds it, because the table of characters is
written from what was drawn and not guessed back from the font, where 人 and the radical U+2F08 share a glyph.
"""

from __future__ import annotations

import io
import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pylopdf_fonts_zh_cn

from census_gis.errors import ConfigError
from census_gis.language import Text
from census_gis.present.cff import renumbered, tables_of
from census_gis.present.display import POINT_MM

try:
    import uharfbuzz
except ImportError:  # a platform without its wheel: fontTools does the same, more slowly
    uharfbuzz = None

__all__ = ["Face", "Ink", "Program", "default_face", "tidy"]

MOST_WORDS = 1 << 12  # whose widths a face remembers: those of a few districts
KANGXI = range(0x2F00, 0x2FE0)
# What may be printed as it is and yet is not fit to be set: radicals, spaces too many.
UNTIDY = re.compile(f"[{chr(KANGXI[0])}-{chr(KANGXI[-1])}]|^ | $|  ")
# Tables of a font that a PDF has no use for.
UNUSED_TABLES = ("GSUB", "GPOS", "GDEF", "BASE", "VORG", "vhea", "vmtx", "DSIG", "STAT")


class Program(NamedTuple):
    """An embeddable font: bytes, whether it is CFF, and for TrueType the glyph of each number."""

    data: bytes
    is_cff: bool
    glyph_of_number: tuple[int, ...]


class Face:
    """One font face, for measuring.

    Parameters
    ----------
    path
        An OpenType file: CID-keyed CFF (as Noto CJK) or TrueType outlines.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.data = path.read_bytes()
        self._known: dict[str, tuple[int, float]] = {}
        self._ems: dict[str, float] = {}
        self._face: Any = None
        if uharfbuzz is not None:
            self._face = uharfbuzz.Face(self.data)
            self._font = uharfbuzz.Font(self._face)
            self._em = float(self._face.upem)
        else:
            from fontTools.ttLib import TTFont  # in no other case: it takes 15 MB of each process

            table = TTFont(io.BytesIO(self.data), lazy=True)
            self._cmap, self._metrics = table.getBestCmap(), table["hmtx"]
            self._number, self._em = table.getReverseGlyphMap(), float(table["head"].unitsPerEm)

    def glyph(self, character: str) -> tuple[int, float]:
        """Glyph number (0 when the face lacks the character) and advance width [em]."""
        known = self._known.get(character)
        if known is None:
            known = self._known[character] = self._look_up(character)
        return known

    def _look_up(self, character: str) -> tuple[int, float]:
        if uharfbuzz is not None:
            glyph = int(self._font.get_nominal_glyph(ord(character)) or 0)
            return glyph, self._font.get_glyph_h_advance(glyph) / self._em
        name = self._cmap.get(ord(character), ".notdef")
        return int(self._number[name]), self._metrics[name][0] / self._em

    def subset(self, glyphs: list[int]) -> bytes:
        """The font with these glyphs only, in their old order."""
        return _subset(self._face, self.data, glyphs)

    def width(self, words: str, size: float) -> float:
        """Width [mm] of words set in `size` [pt]."""
        ems = self._ems.get(words)
        if ems is None:
            if len(self._ems) > MOST_WORDS:
                self._ems.clear()
            ems = self._ems[words] = sum(self.glyph(character)[1] for character in words)
        return ems * size * POINT_MM

    def fitted(self, words: str, size: float, width: float) -> float:
        """The size [pt], at most `size`, at which the words are no wider than `width` [mm]."""
        natural = self.width(words, size)
        return size if natural <= width else 0.998 * size * width / natural

    def cut(self, words: str, size: float, width: float) -> str:
        """The words, shortened with an ellipsis to at most `width` [mm]."""
        if self.width(words, size) <= width:
            return words
        end = len(words)
        while end and self.width(words[:end] + "…", size) > width:
            end -= 1
        return words[:end].rstrip() + "…" if end else ""

    def wrapped(self, words: str, size: float, width: float) -> list[str]:
        """Lines no wider than `width` [mm]: broken between words, in Chinese between characters."""
        lines: list[str] = []
        line = ""
        for token in _tokens(words):
            if line and self.width((line + token).rstrip(), size) > width:
                # A closing mark never begins a line.
                if len(token) == 1 and token in "，。；：、）》”,.;:)":
                    line += token
                    continue
                lines.append(line.rstrip())
                line = ""
            line += token if line else token.lstrip()
        return [*lines, line.rstrip()] if line.strip() else lines


class Ink:
    """The glyphs one book has drawn: numbers in order of first use, 0 for a missing one."""

    def __init__(self, face: Face) -> None:
        self.face = face
        self.missing: set[str] = set()
        self._number: dict[int, int] = {0: 0}
        self._drawn: dict[int, str] = {}
        self._width: dict[int, float] = {0: 1.0}
        self._hex: dict[str, tuple[str, float]] = {}
        self._lines: dict[str, tuple[str, float]] = {}

    def encode(self, words: str) -> tuple[str, float]:
        """The words as glyph numbers in hexadecimal, and their width [em]."""
        line = self._lines.get(words)
        if line is not None:
            return line
        codes, width = [], 0.0
        for character in words:
            known = self._hex.get(character)
            if known is None:
                known = self._hex[character] = self._add(character)
            codes.append(known[0])
            width += known[1]
        line = "".join(codes), width
        if len(self._lines) < MOST_WORDS:
            self._lines[words] = line
        return line

    def _add(self, character: str) -> tuple[str, float]:
        glyph, width = self.face.glyph(character)
        if glyph == 0:
            self.missing.add(character)
        number = self._number.setdefault(glyph, len(self._number))
        if glyph:
            self._drawn.setdefault(number, character)
        self._width[number] = width
        return f"{number:04X}", width

    @property
    def drawn(self) -> dict[int, str]:
        """Character first drawn for each glyph number."""
        return dict(sorted(self._drawn.items()))

    @property
    def widths(self) -> list[int]:
        """Advance widths by glyph number [1/1000 em]."""
        return [round(self._width[number] * 1000) for number in range(len(self._number))]

    def program(self) -> Program:
        """The font program that holds exactly the glyphs drawn."""
        glyphs = sorted(self._number)
        small = self.face.subset(glyphs)
        tables = tables_of(small)
        if "glyf" in tables:
            place = {glyph: index for index, glyph in enumerate(glyphs)}
            order = tuple(place[glyph] for glyph in self._number)
            return Program(small, False, order)
        numbers = [self._number[glyph] for glyph in glyphs]
        program = renumbered(tables["CFF "], numbers) if "CFF " in tables else None
        if program is None:
            raise ConfigError(
                Text("the font is neither TrueType nor CID-keyed CFF.",
                     "该字体既不是 TrueType，也不是 CID 结构的 CFF。"),
                where=str(self.face.path),
                fix=Text("name a Noto CJK font or a TrueType font.", "请改用 Noto CJK 或 TrueType 字体。"),
            )  # fmt: skip
        return Program(program, True, ())


def _subset(face: Any, data: bytes, glyphs: list[int]) -> bytes:
    """A font with some glyphs only, in their old order; `face` is uharfbuzz's, where there is one."""
    if uharfbuzz is not None:
        wish = uharfbuzz.SubsetInput()
        wish.sets(uharfbuzz.SubsetInputSets.GLYPH_INDEX).update(glyphs)
        wish.sets(uharfbuzz.SubsetInputSets.DROP_TABLE_TAG).update(
            int.from_bytes(tag.encode(), "big") for tag in UNUSED_TABLES
        )
        wish.flags = uharfbuzz.SubsetFlags.NO_HINTING | uharfbuzz.SubsetFlags.NOTDEF_OUTLINE
        return bytes(uharfbuzz.subset(face, wish).blob.data)
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options = subset.Options(notdef_outline=True, hinting=False, layout_features=[])
    options.drop_tables += list(UNUSED_TABLES)
    font = TTFont(io.BytesIO(data), lazy=True)
    work = subset.Subsetter(options)
    work.populate(gids=glyphs)
    work.subset(font)
    font.recalcTimestamp = False  # the same book twice has the same bytes
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def _tokens(words: str) -> list[str]:
    """Pieces a line may be broken between: each Chinese character, each Latin word with its space."""
    tokens: list[str] = []
    for character in words:
        wide = ord(character) > 0x2E80
        joins = (
            tokens and not wide and not tokens[-1].endswith(" ") and ord(tokens[-1][-1]) <= 0x2E80
        )
        if joins:
            tokens[-1] += character
        else:
            tokens.append(character)
    return tokens


def tidy(words: str) -> str:
    """Words fit to be set: one line, no control characters, Kangxi radicals as ordinary characters."""
    if words.isprintable() and not UNTIDY.search(words):  # nearly all
        return words
    mended = "".join(
        unicodedata.normalize("NFKC", character) if ord(character) in KANGXI else character
        for character in words
    )
    kept = (c if unicodedata.category(c)[0] != "C" else " " for c in mended)
    return " ".join("".join(kept).split())


@lru_cache(maxsize=4)
def _face(path: Path) -> Face:
    return Face(path)


def default_face() -> Face:
    """Noto Sans SC (SIL Open Font License 1.1), from the package `pylopdf-fonts-zh-cn`."""
    return _face(Path(pylopdf_fonts_zh_cn.sans_path()))
