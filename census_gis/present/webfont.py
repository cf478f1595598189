"""Pages from templates, with Chinese type inside: the characters a page shows, cut out of the font.

A page must read well on a computer that has no Chinese font at all, with the network off.
"""

from __future__ import annotations

import base64
import io

from fontTools import subset
from fontTools.ttLib import TTFont
from jinja2 import Environment, PackageLoader, StrictUndefined

from census_gis.present.fonts import default_face

__all__ = ["FAMILY", "filled_page", "font_style"]

FAMILY = "Census Sans"
FIRST_CJK = 0x2E80  # below it every system's own font will do
FONT_MARK = "/*font*/"


def filled_page(template: str, **values: object) -> str:
    """A template of `present/assets` filled in, every text escaped, with the type it needs."""
    environment = Environment(
        loader=PackageLoader("census_gis.present", "assets"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    page = environment.get_template(template).render(**values, font=FONT_MARK)
    return page.replace(FONT_MARK, font_style(page))


def font_style(text: str) -> str:
    """A ``@font-face`` rule with the Chinese characters of a text; empty when it has none.

    The same characters give the same bytes.
    """
    wanted = sorted({ord(c) for c in set(text) if ord(c) >= FIRST_CJK})
    if not wanted:
        return ""
    options = subset.Options(hinting=False, layout_features=[], notdef_outline=True, flavor="woff")
    font = TTFont(io.BytesIO(default_face().data), lazy=True)
    font.recalcTimestamp = False
    work = subset.Subsetter(options)
    work.populate(unicodes=wanted)
    work.subset(font)
    font.flavor = "woff"
    out = io.BytesIO()
    font.save(out)
    data = base64.b64encode(out.getvalue()).decode()
    return (
        f'@font-face {{ font-family: "{FAMILY}"; src: url(data:font/woff;base64,{data}) format("woff"); '
        "unicode-range: U+2E80-10FFFF; }"
    )
