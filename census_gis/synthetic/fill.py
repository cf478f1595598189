"""What stands on a block, gathered while it is filled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon

__all__ = ["Fill", "House", "Land", "clip", "to_street"]

# Half the width that a lane keeps free of houses [m].
CLEAR_M = {"living_street": 1.5, "track": 2.0}


@dataclass
class House:
    """One building. `own` is its own count [persons] where somebody counts there, else None."""

    shape: Polygon
    use: str
    floors: int
    form: str
    doors: int | None = None
    dwellings: int | None = None
    own: int | None = None
    name: str = ""
    estate: int = -1


@dataclass(frozen=True)
class Land:
    """One parcel: its DLBM class and, where it has one, its name."""

    shape: Polygon
    dlbm: str
    name: str = ""


@dataclass
class Fill:
    """Everything on one block."""

    houses: list[House] = field(default_factory=list)
    roads: list[tuple[LineString, str]] = field(default_factory=list)
    land: list[Land] = field(default_factory=list)
    estates: list[tuple[Polygon, str]] = field(default_factory=list)
    water: list[Polygon] = field(default_factory=list)
    places: list[tuple[Point, str, str]] = field(default_factory=list)

    @property
    def dwellings(self) -> int:
        """Dwellings in all its houses."""
        return sum(house.dwellings or 0 for house in self.houses)

    @property
    def own(self) -> int:
        """Persons in houses with a count of their own."""
        return sum(house.own or 0 for house in self.houses)

    def add(self, other: Fill) -> None:
        """Take in what another one holds; estates are numbered on."""
        shift = len(self.estates)
        for house in other.houses:
            if house.estate >= 0:
                house.estate += shift
        for name in ("houses", "roads", "land", "estates", "water", "places"):
            getattr(self, name).extend(getattr(other, name))

    def tidy(self, ground: Polygon | None = None) -> None:
        """Drop houses that touch an earlier one, a road, water, or leave the ground."""
        if not self.houses:
            return
        shapes = np.array([house.shape for house in self.houses])
        keep = shapely.is_valid(shapes)
        if ground is not None:
            keep &= shapely.contains_properly(ground, shapes)
        blocked = [line.buffer(CLEAR_M.get(name, 2.6), quad_segs=3) for line, name in self.roads]
        blocked += [pond.buffer(1.0) for pond in self.water]
        tree = shapely.STRtree(shapes)
        if blocked:
            keep[tree.query(blocked, predicate="intersects")[1]] = False
        first, second = tree.query(shapes, predicate="dwithin", distance=0.35)
        pairs = np.column_stack([second, first])[first < second]
        for later, earlier in sorted(pairs.tolist()):
            if keep[earlier]:
                keep[later] = False
        self.houses = [house for house, kept in zip(self.houses, keep, strict=True) if kept]


def to_street(point: Point, face: Polygon) -> LineString | None:
    """A short way from a point straight to the middle of the nearest street."""
    end = face.exterior.interpolate(face.exterior.project(point))
    return LineString([point, end]) if point.distance(end) > 1.0 else None


def clip(lines: Iterable[LineString], ground: Polygon, least: float = 12.0) -> list[LineString]:
    """Pieces of lines inside ground, stubs left out."""
    found = [part for line in lines for part in shapely.get_parts(line.intersection(ground))]
    return [part for part in found if part.geom_type == "LineString" and part.length > least]
