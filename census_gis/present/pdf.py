"""Write display lists as a PDF: our own content streams, every object around them through pikepdf.

Coordinates are integers in 0.01 mm under one scaling matrix; all pages share one font subset. The
same list gives the same bytes: nothing reads the clock, and the file's identifier is made from its
content. Nothing is transparent, so every printer draws it alike, and viewers are told not to scale.
Memory does not grow with the book: finished pages are put away in a temporary file, and copied from it
by qpdf when the book is saved.
"""

from __future__ import annotations

import math
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path as FilePath
from typing import Any

import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name, String

from census_gis.language import Language
from census_gis.present.display import (
    POINT_MM,
    Clip,
    Color,
    DisplayList,
    Hatch,
    MapFrame,
    Path,
    Pen,
    Picture,
    Rings,
    Type,
    Unclip,
    Words,
)  # fmt: skip
from census_gis.present.fonts import Face, Ink
from census_gis.present.georeference import viewports
from census_gis.present.pdf_file import Bookmark, Outlet, finish, print_on_both_sides

__all__ = ["Bookmark", "PdfBook"]

UNIT = 100  # stream units in a millimetre
POINTS_OF_UNIT = 1 / POINT_MM / UNIT
COMPRESSION = 4  # zlib: 1.9 ms and 42 KB a sheet; level 6 takes 6.1 ms for 40 KB (measured)
# Distance from the middle of a line of type down to its baseline [em].
MIDDLE_EM = 0.36
BOLD_EM = 0.022
BOLD_FROM = 11.0  # [pt] below, the stroke is finer than a printer's dot and smears the characters
SHIFT = {"l": 0.0, "c": 0.5, "r": 1.0}  # share of their width that words stand left of their place
FONT_TAG = "CENSUS"
HELD_BYTES = 24_000_000  # streams held in memory before they are put away


@dataclass
class _Page:
    """A page: its streams and pictures, or where they were put away, or the page it is a copy of."""

    width: float
    height: float
    body: list[bytes]
    over: list[bytes] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    maps: tuple[MapFrame, ...] = ()
    away: pikepdf.Object | None = None
    copy_of: int | None = None
    shift: float = 0.0


class PdfBook:
    """A PDF in the making; pages are turned into compressed streams as they come.

    Parameters
    ----------
    face
        The font of all pages.
    crs
        Projected system of the maps' ground; given, every map carries its coordinates.
    gutter
        For leaves printed on both sides: how far backs of upright pages stand to the left [mm], so that the binding
        margin is at the same edge of the leaf. A wide page has it there anyway: printers turn it upright, and leaves on
        their long edge. None for pages printed on one side.
    """

    def __init__(self, face: Face, *, crs: Any = None, gutter: float | None = None) -> None:
        self.ink = Ink(face)
        self._crs = crs
        self._gutter = gutter
        self._pages: list[_Page] = []
        self._away: list[pikepdf.Pdf] = []
        self._held = 0

    def __len__(self) -> int:
        return len(self._pages)

    def add(self, page: DisplayList) -> int:
        """Append a page; returns its number from 0."""
        shift = self._shift(page)
        maps = tuple(one.moved(shift) for one in page.maps) if shift else tuple(page.maps)
        made = _Page(page.width, page.height, [], maps=maps, shift=shift)
        made.body.append(self._stream(page, made.pictures, shift))
        self._pages.append(made)
        self._held += len(made.body[0]) + sum(len(one.jpeg) for one in made.pictures)
        if self._held > HELD_BYTES:
            self._put_away()
        return len(self._pages) - 1

    def _shift(self, page: DisplayList) -> float:
        """How far to the right the next page stands [mm]."""
        behind = len(self._pages) % 2 == 1 and page.height > page.width
        return -self._gutter if self._gutter and behind else 0.0

    def copy(self, number: int) -> int:
        """Append the page again, without what was printed over it; the file holds its content once."""
        page = self._pages[number]
        copy = _Page(page.width, page.height, [], maps=page.maps, copy_of=number, shift=page.shift)
        self._pages.append(copy)
        return len(self._pages) - 1

    def size(self, number: int) -> tuple[float, float]:
        """Width and height of a page [mm]."""
        return self._pages[number].width, self._pages[number].height

    def overprint(self, number: int, items: DisplayList) -> None:
        """Add words or lines to a page already there (page numbers, known only at the end)."""
        page = self._pages[number]
        page.over.append(self._stream(items, [], page.shift))

    def _put_away(self) -> None:
        """Move the streams held in memory to a temporary file, from which qpdf copies them later."""
        fresh = [page for page in self._pages if page.body]
        store = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as the book is)
        with pikepdf.new() as pdf:
            pdf.Root.Away = Array([pdf.make_indirect(_body(pdf, page)) for page in fresh])
            with Outlet(store) as outlet:
                pdf.save(outlet)  # type: ignore[arg-type]
            store.flush()
        opened = pikepdf.open(store)
        self._away.append(opened)
        for page, body in zip(fresh, opened.Root.Away, strict=True):
            page.away, page.body, page.pictures = body, [], []
        self._held = 0

    def save(
        self,
        path: FilePath,
        *,
        title: str,
        language: Language,
        outline: Sequence[Bookmark] = (),
        labels: Sequence[str] = (),
    ) -> None:
        """Write the file, whole or not at all."""
        with pikepdf.new() as pdf:
            self._fill(pdf)
            if self._gutter is not None:
                print_on_both_sides(pdf)
            finish(pdf, path, title=title, language=language, outline=outline, labels=labels)

    def _fill(self, pdf: pikepdf.Pdf) -> None:
        font = pdf.make_indirect(_font(pdf, self.ink))
        bodies: dict[int, pikepdf.Object] = {}
        for number, page in enumerate(self._pages):
            origin = number if page.copy_of is None else page.copy_of
            if origin not in bodies:
                source = self._pages[origin]
                bodies[origin] = (
                    _body(pdf, source) if source.away is None else pdf.copy_foreign(source.away)
                )
            body = bodies[origin]
            resources = Dictionary(Font=Dictionary(F1=font))
            if "/XObject" in body:
                resources.XObject = body.XObject
            contents = [*body.Contents, *(_compressed(pdf, stream) for stream in page.over)]
            size = [round(mm / POINT_MM, 3) for mm in (page.width, page.height)]
            made = Dictionary(
                Type=Name.Page,
                MediaBox=Array([0, 0, *size]),
                Resources=resources,
                Contents=contents[0] if len(contents) == 1 else Array(contents),
            )
            if self._crs is not None and page.maps:
                made.VP = viewports(page.maps, self._crs)
            pdf.pages.append(pikepdf.Page(pdf.make_indirect(made)))

    def _stream(self, page: DisplayList, pictures: list[Picture], shift: float) -> bytes:
        """The page description, compressed; everything stands `shift` [mm] farther to the right."""
        origin = f"{shift / POINT_MM:.4f}" if shift else "0"
        out = [f"q {POINTS_OF_UNIT:.6f} 0 0 {POINTS_OF_UNIT:.6f} {origin} 0 cm 1 j\n"]
        for item in page.items:
            match item:
                case Path():
                    out.append(_path(item))
                case Words():
                    out.append(_words(item, self.ink))
                case Clip():
                    out.append("q " + _rings(item.rings, closed=True) + "W n\n")
                case Unclip():
                    out.append("Q\n")
                case Picture():
                    out.append(_place(item, len(pictures)))
                    pictures.append(item)
        out.append("Q\n")
        return zlib.compress("".join(out).encode("ascii"), COMPRESSION)


def _rings(rings: Rings, *, closed: bool) -> str:
    """Path construction operators; one formatting call for all points of a layer."""
    counts = rings.counts.tolist()
    if len(counts) == 1:
        template = _template(counts[0], closed)
    else:
        template = "".join([_template(count, closed) for count in counts])
    return template % tuple(np.rint(rings.xy * UNIT).astype(np.int64).ravel().tolist())


@lru_cache(maxsize=4096)
def _template(count: int, closed: bool) -> str:
    return "%d %d m\n" + "%d %d l\n" * (count - 1) + ("h\n" if closed else "")


@lru_cache(maxsize=1024)  # colours, pens and types are few, and the same on every sheet
def _paint(color: Color, operator: str) -> str:
    red, green, blue = color
    if red == green == blue:
        return f"{red:.3g} {'G' if operator == 'RG' else 'g'}\n"
    return f"{red:.3g} {green:.3g} {blue:.3g} {operator}\n"


@lru_cache(maxsize=1024)
def _pen(pen: Pen) -> str:
    dash = " ".join(str(round(length * UNIT)) for length in pen.dash)
    cap = 0 if pen.dash else 1
    return f"{_paint(pen.color, 'RG')}{round(pen.width * UNIT)} w [{dash}] 0 d {cap} J\n"


def _path(item: Path) -> str:
    shape = _rings(item.rings, closed=item.closed)
    out = []
    if item.fill is not None:
        out += [_paint(item.fill, "rg"), shape, "f\n"]
    if item.hatch is not None:
        out += ["q ", shape, "W n\n", _hatching(item.rings, item.hatch), "Q\n"]
    if item.pen is not None:
        out += [_pen(item.pen), shape, "S\n"]
        if item.fill is not None and item.hatch is None:
            out = [_paint(item.fill, "rg"), _pen(item.pen), shape, "B\n"]
    return "".join(out)


def _hatching(rings: Rings, hatch: Hatch) -> str:
    return _pen(hatch.pen) + _rings(hatch_lines(rings, hatch), closed=False) + "S\n"


def hatch_lines(rings: Rings, hatch: Hatch) -> Rings:
    """Parallel lines over the rectangle around the rings, in step all over the page."""
    (x0, y0), (x1, y1) = rings.xy.min(axis=0), rings.xy.max(axis=0)
    step = hatch.spacing
    if hatch.angle == 0:
        y = np.arange(math.ceil(y0 / step), math.floor(y1 / step) + 1) * step
        ends = np.stack([np.full_like(y, x0), y, np.full_like(y, x1), y], axis=1)
    else:
        # Lines x - y = c rise to the right, lines x + y = c fall.
        side = 1 if hatch.angle == 45 else -1
        step *= math.sqrt(2)
        low, high = sorted((y0 * side, y1 * side))
        c = np.arange(math.ceil((x0 - high) / step), math.floor((x1 - low) / step) + 1) * step
        ends = np.stack([c + side * y0, np.full_like(c, y0), c + side * y1, np.full_like(c, y1)], 1)
    return Rings(ends.reshape(-1, 2), np.full(len(ends), 2))


def _words(item: Words, ink: Ink) -> str:
    codes, ems = ink.encode(item.words)
    size = item.type.size * POINT_MM * UNIT
    dx = -ems * size * SHIFT[item.anchor[0]]
    dy = -MIDDLE_EM * size if item.anchor.endswith("m") else 0.0
    x, y = item.x * UNIT, item.y * UNIT
    if item.angle:
        turn = math.radians(item.angle)
        ca, sa = math.cos(turn), math.sin(turn)
        x, y = x + dx * ca - dy * sa, y + dx * sa + dy * ca
        way = f"{ca:.4f} {sa:.4f} {-sa:.4f} {ca:.4f}"
    else:
        x, y, way = x + dx, y + dy, "1 0 0 1"
    show = f"{way} {x:.0f} {y:.0f} Tm <{codes}> Tj\n"
    halo, look = _type(item.type)
    return f"{halo}{show}{look}{show}ET\n" if item.type.halo else f"{halo}{look}{show}ET\n"


@lru_cache(maxsize=1024)
def _type(type_: Type) -> tuple[str, str]:
    """What comes before the halo of words, and before the words."""
    size = type_.size * POINT_MM * UNIT
    halo = f"BT /F1 {size:.1f} Tf\n"
    if type_.halo:
        halo += f"1 G [] 0 d {round(2 * type_.halo * UNIT)} w 1 Tr "
    look = _paint(type_.color, "rg")
    if type_.bold and type_.size >= BOLD_FROM:
        look += f"{_paint(type_.color, 'RG')}[] 0 d {BOLD_EM * size:.1f} w 2 Tr "
    else:
        look += "0 Tr "
    return halo, look


def _place(item: Picture, number: int) -> str:
    width, height = round(item.box.width * UNIT), round(item.box.height * UNIT)
    x, y = round(item.box.x0 * UNIT), round(item.box.y0 * UNIT)
    return f"q {width} 0 0 {height} {x} {y} cm /I{number} Do Q\n"


def _body(pdf: pikepdf.Pdf, page: _Page) -> Dictionary:
    """What a page is drawn by: its streams, and its pictures by name."""
    made = Dictionary(Contents=Array([_compressed(pdf, stream) for stream in page.body]))
    if page.pictures:
        images = {f"/I{n}": _image(pdf, picture) for n, picture in enumerate(page.pictures)}
        made.XObject = Dictionary(images)
    return made


def _compressed(pdf: pikepdf.Pdf, data: bytes) -> pikepdf.Object:
    stream = pikepdf.Stream(pdf, data)
    stream.Filter = Name.FlateDecode
    return stream


def _image(pdf: pikepdf.Pdf, picture: Picture) -> pikepdf.Object:
    image = pikepdf.Stream(pdf, picture.jpeg)
    image.Type, image.Subtype = Name.XObject, Name.Image
    image.Width, image.Height = picture.width, picture.height
    image.ColorSpace, image.BitsPerComponent = Name.DeviceRGB, 8
    image.Filter = Name.DCTDecode
    return image


def _font(pdf: pikepdf.Pdf, ink: Ink) -> Dictionary:
    """The composite font: program, widths, and the character each glyph stands for."""
    program = ink.program()
    name = Name(f"/{FONT_TAG}+NotoSansSC-Regular")
    file = _compressed(pdf, zlib.compress(program.data, 9))
    descriptor = Dictionary(
        Type=Name.FontDescriptor, FontName=name, Flags=4, FontBBox=Array([-1000, -300, 2000, 1100]),
        ItalicAngle=0, Ascent=880, Descent=-120, CapHeight=733, StemV=80,
    )  # fmt: skip
    descendant = Dictionary(
        Type=Name.Font, BaseFont=name, DW=1000, W=Array([0, Array(ink.widths)]),
        CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0),
    )  # fmt: skip
    if program.is_cff:
        file.Subtype = Name.CIDFontType0C
        descriptor.FontFile3 = file
        descendant.Subtype = Name.CIDFontType0
    else:
        file.Length1 = len(program.data)
        descriptor.FontFile2 = file
        descendant.Subtype = Name.CIDFontType2
        order = b"".join(glyph.to_bytes(2, "big") for glyph in program.glyph_of_number)
        descendant.CIDToGIDMap = _compressed(pdf, zlib.compress(order, 9))
    descendant.FontDescriptor = pdf.make_indirect(descriptor)
    characters = _compressed(pdf, zlib.compress(_character_map(ink.drawn), 9))
    return Dictionary(
        Type=Name.Font, Subtype=Name.Type0, BaseFont=name, Encoding=Name("/Identity-H"),
        DescendantFonts=Array([pdf.make_indirect(descendant)]), ToUnicode=characters,
    )  # fmt: skip


def _character_map(drawn: dict[int, str]) -> bytes:
    """The ToUnicode table: from glyph number to the character really drawn."""
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def",
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        "1 begincodespacerange <0000> <FFFF> endcodespacerange",
    ]
    pairs = [f"<{number:04X}> <{c.encode('utf-16-be').hex()}>" for number, c in drawn.items()]
    for start in range(0, len(pairs), 100):  # the format allows 100 in a block
        block = pairs[start : start + 100]
        lines += [f"{len(block)} beginbfchar", *block, "endbfchar"]
    lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    return "\n".join(lines).encode("ascii")
