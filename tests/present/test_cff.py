"""A font's glyphs under our numbers: the same outlines, found by number, as fontTools reads them."""

import io

import pytest
from fontTools.cffLib import CFFFontSet
from fontTools.pens.recordingPen import RecordingPen
from fontTools.ttLib import TTFont

from census_gis.present.cff import renumbered, tables_of
from census_gis.present.fonts import Ink, default_face

FACE = default_face()


def _outline(glyphs, name):
    pen = RecordingPen()
    glyphs[name].draw(pen)
    return pen.value


@pytest.mark.parametrize(
    "words", ["普", "人口普查小区 0123456789", "青溪街道 Enumeration area 第003"]
)
def test_every_number_draws_its_character(words):
    pytest.importorskip("uharfbuzz")
    ink = Ink(FACE)
    ink.encode(words)
    program = ink.program()
    assert program.is_cff
    font = CFFFontSet()
    font.decompile(io.BytesIO(program.data), None)
    made = font[0].CharStrings
    whole = TTFont(io.BytesIO(FACE.data), lazy=True)
    order, strings = whole.getGlyphOrder(), whole["CFF "].cff[0].CharStrings
    assert len(made) == len(ink.drawn) + 1
    for number, character in ink.drawn.items():
        glyph = order[FACE.glyph(character)[0]]
        assert _outline(made, f"cid{number:05d}") == _outline(strings, glyph), character


def test_a_table_of_another_kind_is_told():
    name_keyed = bytes([1, 0, 4, 1]) + b"\0\1\1\1\2A" + b"\0\1\1\1\3\x8b\x0f" + b"\0\0\0\0"
    assert renumbered(name_keyed, [0, 1]) is None
    assert "CFF " in tables_of(FACE.data)
