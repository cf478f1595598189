"""Cut one large building: the whole numbers of `cutting` fitted to what its footprint allows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon

from census_gis.fabric import cutting
from census_gis.fabric.cutting import Band, Cut, Piece
from census_gis.geometry.slices import Shape, shape_of, slice_footprint, starts_at
from census_gis.language import Text

__all__ = ["Building", "Carved", "carve", "label_of"]

# Design note on the fabric, "Slices": at least 12 m of facade for each.
FACADE_M = 12.0
# Product judgement: distance from one stair of a slab to the next, only to guess doors that are not given.
DOOR_SPACING_M = 15.0
# A slice lies in its own district with more than half its area, or it would belong to another one.
LEAST_INSIDE = 0.52


class Building(NamedTuple):
    """What decides about the cut of one building; None where a number is not known.

    `persons` are households where it is cut by these.
    """

    footprint: Polygon | MultiPolygon
    persons: int
    doors: int | None
    floors: int | None


class Carved(NamedTuple):
    """A cut that its footprint allows: a polygon and a label for each piece.

    `doors[i]` is the number of doors of a piece, guessed where `cut.how` is shares.
    """

    cut: Cut
    polygons: tuple[Polygon | MultiPolygon, ...]
    doors: tuple[int | None, ...]
    labels: tuple[Text, ...]


def carve(
    building: Building, band: Band, rule: str, boundary: Polygon | MultiPolygon
) -> tuple[Carved | None, str]:
    """Cut a building of more than the band's top, as the rule allows.

    Parameters
    ----------
    building : Building
    band : Band
    rule : str
        ``never``, ``when_needed`` or ``always``; above the cap a building is cut whatever it says.
    boundary : Polygon or MultiPolygon
        District: each slice must lie in it with more than half its area.

    Returns
    -------
    carved : Carved or None
        None when it stays whole.
    why : str
        Why it stays whole (``never``, ``number``, ``closing`` or ``facade``), '' when it is cut.
    """
    must = building.persons > band.cap
    if rule == "never" and not must:
        return None, "never"
    shape = shape_of(building.footprint)
    if rule == "always":
        for cut in _joinable(building, band, shape):
            carved = _carved(building, cut, shape, boundary)
            if carved is not None:
                return carved, ""
    tried = False
    for cut in _closing(building, band, shape):
        tried = True
        carved = _carved(building, cut, shape, boundary)
        if carved is not None:
            return carved, ""
    if must:
        for cut in _forced(building, band):
            carved = _carved(building, cut, shape, boundary, force=cut.how == "shares")
            if carved is not None:
                return carved, ""
    if not band.counts(building.persons):
        return None, "number"
    by_numbers = building.doors is not None and building.doors > 1
    return None, "closing" if by_numbers and not tried else "facade"


def _closing(building: Building, band: Band, shape: Shape) -> Iterator[Cut]:
    """Cuts whose pieces all close, the best first: doors, then floors (contract 3.2)."""
    persons, floors = building.persons, building.floors
    numbers = band.counts(persons)
    if building.doors is not None:
        cut = cutting.by_doors(persons, building.doors, floors, band)
        if cut is not None:
            yield cut
    else:
        for n in numbers:
            if shape.length_m / n >= FACADE_M:
                yield cutting.by_shares(persons, n, band)
    if floors is not None:
        cut = cutting.by_floors(persons, floors, band)
        if cut is not None:
            yield cut
    if building.doors is None and shape.kind == "tower":
        for n in numbers:
            yield cutting.by_shares(persons, n, band)


def _joinable(building: Building, band: Band, shape: Shape) -> Iterator[Cut]:
    """Cuts into pieces that neighbours can complete: about a third of a target, none above the band."""
    persons, floors = building.persons, building.floors
    if building.doors is not None:
        cut = cutting.joinable(persons, building.doors, floors, band)
        if cut.closes:
            yield cut
    else:
        n = cutting.joinable_shares(persons, int(shape.length_m // FACADE_M), band)
        if n > 1 and -(-persons // n) <= band.high:
            yield cutting.by_shares(persons, n, band)
    if floors is not None:
        cut = cutting.joinable(persons, None, floors, band)
        if cut.closes:
            yield cut


def _forced(building: Building, band: Band) -> Iterator[Cut]:
    """Cuts of a building above the cap, where nothing closes: by doors and floors while these keep to the cap."""
    persons, doors, floors = building.persons, building.doors, building.floors
    given: list[Cut | None] = []
    if doors is not None and (doors > 1 or floors is not None):
        given.append(cutting.by_doors(persons, doors, floors, band, must=True))
    if floors is not None:
        given.append(cutting.by_floors(persons, floors, band, must=True))
    known = [cut for cut in given if cut is not None]
    capped = [max(piece.persons for piece in cut.pieces) <= band.cap for cut in known]
    yield from (cut for cut, fits in zip(known, capped, strict=True) if fits)
    best = next(iter(band.counts(persons)), max(2, round(persons / band.target)))
    for n in range(best, 1, -1):
        yield cutting.by_shares(persons, n, band)
    yield from (cut for cut, fits in zip(known, capped, strict=True) if not fits)


def _carved(
    building: Building,
    cut: Cut,
    shape: Shape,
    boundary: Polygon | MultiPolygon,
    *,
    force: bool = False,
) -> Carved | None:
    """Polygons for the pieces of a cut; None when the footprint cannot be sliced so."""
    ground = [piece for piece in cut.pieces if piece.on_ground]
    if len(cut.pieces) < 2:
        return None
    weights = [max(piece.doors, 1) for piece in ground]
    # A tower has facade all around; half of its outline is what faces a street.
    around = shape.kind == "tower"
    facade = building.footprint.length / 2 if around else shape.length_m
    if len(ground) > 1 and not force and facade * min(weights) / sum(weights) < FACADE_M:
        return None
    slices, kind = slice_footprint(building.footprint, weights)
    if len(slices) < len(ground):
        return None
    inside = shapely.area(shapely.intersection(np.array(slices, object), boundary))
    if len(slices) > 1 and (inside < LEAST_INSIDE * shapely.area(slices)).any():
        return None
    polygons = tuple(_polygon(piece, ground, slices) for piece in cut.pieces)
    spacing = shape.length_m / len(ground) / DOOR_SPACING_M
    guess = max(1, round(spacing)) if cut.how == "shares" else None
    doors = tuple(guess or piece.doors or building.doors for piece in cut.pieces)
    end = starts_at(slices) if kind in ("slab", "bent") else ""
    labels = tuple(label_of(piece, cut, end) for piece in cut.pieces)
    return Carved(cut, polygons, doors, labels)


def _polygon(
    piece: Piece, ground: list[Piece], slices: list[Polygon | MultiPolygon]
) -> Polygon | MultiPolygon:
    """The slice of a piece on the ground; above it the slice of its own door."""
    k = next(
        k
        for k, base in enumerate(ground)
        if base.unit <= piece.unit < base.unit + max(base.doors, 1)
    )
    below, polygon = ground[k], slices[k]
    if piece.on_ground or below.doors <= piece.doors:
        return polygon
    doors, _ = slice_footprint(polygon, [1] * below.doors)
    return doors[piece.unit - below.unit] if len(doors) == below.doors else polygon


def label_of(piece: Piece, cut: Cut, end: str) -> Text:
    """What of the building a piece is, in words.

    Examples
    --------
    >>> label_of(Piece(1, 3, None, None, 300), Cut((), "doors", True), "west").zh
    '1单元至3单元'
    >>> label_of(Piece(2, 1, 4, 9, 300), Cut((), "doors", True), "west").en
    'door 2, floors 4-9'
    """
    if cut.how == "shares":
        n = len(cut.pieces)
        side = {
            "west": ("from the west end ", "自西端起"),
            "north": ("from the north end ", "自北端起"),
        }
        en, zh = side.get(end, ("", ""))
        return Text(
            f"section {piece.unit} of {n} {en}(doors not given, estimated)",
            f"{zh}第{piece.unit}段，共{n}段（单元数未提供，按估计划分）",
        )
    said: list[Text] = []
    if piece.unit:
        last = piece.unit + piece.doors - 1
        one = last == piece.unit
        said.append(
            Text(f"door {piece.unit}", f"{piece.unit}单元")
            if one
            else Text(f"doors {piece.unit}-{last}", f"{piece.unit}单元至{last}单元")
        )
    if piece.floor_lo is not None:
        low, high = piece.floor_lo, piece.floor_hi
        said.append(
            Text(f"floor {low}", f"{low}层")
            if low == high
            else Text(f"floors {low}-{high}", f"{low}-{high}层")
        )
    return Text(", ".join(text.en for text in said), "".join(text.zh for text in said))
