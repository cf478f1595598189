"""Sheets of six kinds of places look as they did: pictures, compared within a tolerance.

    RENEW_BASELINES=1 .venv/bin/python -m pytest tests/present/test_baselines.py

renews them after a change that was meant; look at each before it is committed.

Tolerance: both pictures are made grey and averaged over 3 x 3 pixels, so that a line whose softened edge falls
a fraction of a pixel (0.35 mm) elsewhere stays below `LEVEL` of 255. `PIXELS` may differ by more: half
of what one building number of the smallest type covers, so that one that is missing (40 to 49 pixels in the densest
and the sparsest sheet) or 2 mm off (54 to 76) is caught. The same renderer gives no difference at all.
"""

import io
import os
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image, ImageFilter

from census_gis.present.display import DisplayList, Words
from census_gis.present.fonts import default_face
from census_gis.present.layers import read_layers
from census_gis.present.layout import Paper
from census_gis.present.order import Order
from census_gis.present.pdf import PdfBook
from census_gis.present.sheet import ea_sheet

from .six_kinds import CODE, KINDS, tables_of

FOLDER = Path(__file__).parent / "baselines"
DPI, LEVEL, PIXELS = 72, 24, 25
MOST_BYTES = 60_000


def _page(kind):
    layers = read_layers(tables_of(kind), CODE, "zh")
    order = Order(
        Paper("A4", 15.0, 35.0), "zh", default_face(), project="青龙镇人口普查", secrecy="内部"
    )
    ea = layers.eas.loc[layers.eas["serial"] == KINDS[kind][1]].iloc[0]
    return ea_sheet(layers, ea, order).pages[0]


def _picture(page, path):
    book = PdfBook(default_face())
    book.add(page)
    book.save(path, title="", language="zh", outline=[])
    with pypdfium2.PdfDocument(path) as pdf:
        return pdf[0].render(scale=DPI / 72).to_pil().convert("RGB")


def _differing(one, other):
    """Pixels that differ by more than the level."""
    if one.size != other.size:
        return one.width * one.height
    soft = [
        np.asarray(im.convert("L").filter(ImageFilter.BoxBlur(1)), dtype=int) for im in (one, other)
    ]
    return int((np.abs(soft[0] - soft[1]) > LEVEL).sum())


@pytest.mark.parametrize("kind", KINDS)
def test_a_sheet_looks_as_it_did(kind, tmp_path):
    page = _page(kind)
    picture = _picture(page, tmp_path / "a.pdf")
    path = FOLDER / f"{kind}.png"
    if os.environ.get("RENEW_BASELINES"):
        FOLDER.mkdir(exist_ok=True)
        picture.quantize(32, dither=Image.Dither.NONE).save(path, optimize=True)
    assert path.stat().st_size < MOST_BYTES
    with Image.open(path) as known:
        pixels = _differing(picture, known.convert("RGB"))
    if pixels > PIXELS:
        picture.save(tmp_path / f"{kind}.png")
    assert pixels <= PIXELS, f"{kind}: see {tmp_path}"


def test_a_number_that_moved_and_one_that_is_missing_are_caught(tmp_path):
    page = _page("village")
    known = _picture(page, tmp_path / "a.pdf")
    at = next(
        n for n, item in enumerate(page.items) if isinstance(item, Words) and item.words == "007"
    )
    number = page.items[at]
    shifted = Words(
        number.x, number.y + 2.0, number.words, number.type, number.anchor, number.angle
    )
    for items in ([shifted], []):
        changed = DisplayList(
            page.width, page.height, [*page.items[:at], *items, *page.items[at + 1 :]]
        )
        assert _differing(_picture(changed, tmp_path / "b.pdf"), known) > PIXELS


def test_the_same_picture_saved_with_few_colours_is_the_same():
    picture = Image.new("RGB", (60, 60), "white")
    out = io.BytesIO()
    picture.quantize(32).save(out, "PNG")
    assert _differing(picture, Image.open(out).convert("RGB")) == 0
