"""The plan of a township: river, motorway, railway, main roads, and the districts between them.

Districts are what main roads, the river and the railway leave between them, as committees' areas are:
a face is cut along the direction field until there are as many as there are quotas, small ones near
the middle and large ones outside.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Point, Polygon

from census_gis.synthetic.direction import Field, cut_face, smooth, trace
from census_gis.synthetic.town import STREET_NORM, Norm, Quota

__all__ = ["Barriers", "Plan", "Site", "blob", "make_plan", "site"]

RIVER_M, MOTORWAY_M, RAIL_M = 56.0, 84.0, 34.0  # widths of water, motorway and railway land [m]
# Score below which a face is better left whole (0-1), then what will do when there are too few faces.
DECENT = (0.30, 0.15, 0.05, 0.0, 0.0)


@dataclass(frozen=True)
class Barriers:
    """Lines that run through a township and beyond it, empty where there is none; their names."""

    river: LineString
    motorway: LineString
    railway: LineString
    names: tuple[str, str, str] = ("青溪", "云溪绕城高速", "云青铁路")

    @property
    def lines(self) -> tuple[LineString, ...]:
        """All three, river first."""
        return (self.river, self.motorway, self.railway)


@dataclass(frozen=True)
class Site:
    """Where a township lies: its outline, its middle, and what runs through."""

    outline: Polygon
    centre: tuple[float, float]
    barriers: Barriers


@dataclass
class Plan:
    """Districts and main roads of a township.

    `faces` and `quotas` belong together; `roads` are (line, class), `joints` ends of main roads, `norm`
    the size of EAs its houses are for.
    """

    site: Site
    direction: Field
    faces: list[Polygon]
    quotas: list[Quota]
    roads: list[tuple[LineString, str]] = field(default_factory=list)
    joints: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))
    norm: Norm = STREET_NORM


def blob(area_m2: float, rng: np.random.Generator) -> Polygon:
    """An outline as a township's: longer than high, uneven, without straight sides."""
    turn = np.linspace(0, 2 * math.pi, 120, endpoint=False)
    radius = np.ones_like(turn)
    for wave in (*range(2, 14), 17, 19, 23, 29, 31, 37):
        radius += (
            0.20
            / wave ** (1.0 if wave < 14 else 1.25)
            * rng.normal(0, 1)
            * np.cos(wave * turn + rng.uniform(0, 6.3))
        )
    power = 0.34  # between an ellipse and a rectangle
    x = np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** (1 - power) * 1.22 * radius
    y = np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** (1 - power) * radius / 1.22
    points = np.column_stack([x, y])
    shape = Polygon(points).buffer(0)
    points *= math.sqrt(area_m2 / shape.area)
    outline = smooth(np.vstack([points, points[:1]]), 60.0)
    return Polygon(shapely.get_coordinates(outline)).buffer(0)


def site(area_m2: float, rng: np.random.Generator) -> Site:
    """One township by itself: a river through the middle, motorway north, railway south-west."""
    outline = blob(area_m2, rng)
    left, low, right, high = outline.bounds
    width, height = right - left, high - low
    x = np.linspace(left - 400, right + 400, 9)
    swing = rng.uniform(0.085, 0.105) * height
    river = np.column_stack([x, swing * np.sin((x - left) / width * 8.2 + rng.uniform(0, 1.5))
                             + 0.05 * height + rng.normal(0, 0.012 * height, 9)])  # fmt: skip
    bow = np.linspace(-1, 1, 9)
    motorway = np.column_stack([x, 0.36 * height - 0.09 * height * bow**2 + 0.06 * height * bow])
    steep = np.linspace(low - 400, high + 400, 7)
    slide = (steep - low) / height
    railway = np.column_stack([left + width * (0.16 + 0.20 * slide + 0.05 * slide**2), steep])
    barriers = Barriers(smooth(river), smooth(motorway), smooth(railway))
    return Site(outline, (0.04 * width, 0.02 * height), barriers)


def make_plan(place: Site, quota: tuple[Quota, ...], rng: np.random.Generator) -> Plan:
    """Districts for the quotas: as many faces, each about as large as its kind asks for."""
    urban = [one for one in quota if one.kind != "village"]
    grain = _grain(place, urban, quota)
    direction = _direction(place, rng)
    roads = [(line, "primary") for line in _main_roads(place, urban, direction, rng)]
    lines = [*(line for line, _ in roads), *place.barriers.lines]
    noded = shapely.unary_union([place.outline.exterior, *lines], grid_size=0.01)
    faces = [face for face in shapely.get_parts(shapely.polygonize([noded]))
             if place.outline.buffer(1.0).contains(face)]  # fmt: skip
    faces = _merge_small(faces, grain, len(quota))
    joints = np.empty((0, 2))
    faces, cuts, joints = _divide(faces, len(quota), grain, direction, joints, rng)
    roads += [(line, "secondary") for line in cuts]
    faces, ordered = _settle(faces, quota, place, grain)
    return Plan(place, direction, faces, ordered, roads, joints)


def _grain(place: Site, urban: list[Quota], quota: tuple[Quota, ...]) -> Callable[[Polygon], float]:
    """How large a district should be at a place [m2]: small in town, large outside."""
    town = sum(one.area_m2 for one in urban)
    radius = math.sqrt(1.12 * town / math.pi)
    inner = town / len(urban) if urban else 0.0
    outside = [one.area_m2 for one in quota if one.kind == "village"]
    outer = sum(outside) / len(outside) if outside else inner
    left, low, right, high = place.outline.bounds
    stretch = math.sqrt((right - left) / (high - low))

    def grain(face: Polygon) -> float:
        middle = face.centroid
        x, y = (middle.x - place.centre[0]) / stretch, (middle.y - place.centre[1]) * stretch
        away = math.hypot(x, y) / radius if radius else 9.0
        if away > 1.0:
            return outer
        return inner * float(np.interp(away, [0.0, 0.25, 0.45, 1.0], [0.6, 0.65, 0.95, 1.15]))

    return grain


def _direction(place: Site, rng: np.random.Generator) -> Field:
    """Streets run along river, railway and motorway nearby, and turn slowly in between."""
    at, angle, reach = [], [], []
    for line, far in zip(place.barriers.lines, (420.0, 330.0, 300.0), strict=True):
        for along in np.arange(0.0, line.length - 60.0, 160.0):
            a, b = line.interpolate(along), line.interpolate(along + 60.0)
            at.append((a.x, a.y))
            angle.append(math.atan2(b.y - a.y, b.x - a.x))
            reach.append(far)
    left, low, right, high = place.outline.bounds
    base = rng.uniform(-0.12, 0.16)
    for _ in range(max(3, int((right - left) * (high - low) / 1.6e6))):
        at.append((rng.uniform(left, right), rng.uniform(low, high)))
        angle.append(base + rng.normal(0, 0.38))
        reach.append(rng.uniform(450, 800))
    return Field(np.array(at), np.array(angle), np.array(reach), base)


def _main_roads(
    place: Site, urban: list[Quota], direction: Field, rng: np.random.Generator
) -> list[LineString]:
    """Arterials from edge to edge: over the river by bridges, and beside it."""
    left, low, right, high = place.outline.bounds
    length = 1.2 * math.hypot(right - left, high - low)
    river = place.barriers.river
    reach = math.sqrt(sum(one.area_m2 for one in urban) / math.pi)
    middle = river.project(Point(place.centre))
    starts: list[tuple[float, float, float]] = []
    along = -1.05 * reach
    while urban and along < 1.1 * reach:
        spot, ahead = river.interpolate(middle + along), river.interpolate(middle + along + 30)
        tangent = math.atan2(ahead.y - spot.y, ahead.x - spot.x)
        starts.append((spot.x, spot.y, tangent + math.pi / 2))
        along += rng.uniform(520, 860)
    if not urban:
        spot = river.interpolate(middle)
        starts.append((spot.x, spot.y, math.pi / 2))
    for share in (-0.62, -0.27, 0.40) if urban else ():
        y = place.centre[1] + share * reach + rng.uniform(-60, 60)
        starts.append((place.centre[0], y, 0.0))
    lines = []
    for x, y, angle in starts:
        found = trace(direction, (x, y), angle, length).intersection(place.outline.buffer(2.0))
        parts = [part for part in shapely.get_parts(found) if part.length > 200]
        if parts:
            lines.append(min(parts, key=lambda part: float(part.distance(Point(x, y)))))
    return lines


def _merge_small(
    faces: list[Polygon], grain: Callable[[Polygon], float], most: int
) -> list[Polygon]:
    """Give crumbs between main lines, and faces beyond the number, to the neighbour they touch most."""
    faces = sorted(faces, key=lambda face: (-face.area, face.centroid.x))
    while len(faces) > 1:
        share = [face.area / grain(face) for face in faces]
        small = int(np.argmin(share))
        if share[small] > 0.6 and len(faces) <= most:
            break
        crumb = faces.pop(small)
        touch = shapely.length(shapely.intersection(np.array(faces), crumb))
        host = int(np.argmax(touch))
        faces[host] = shapely.unary_union([faces[host], crumb])
    return faces


def _divide(
    faces: list[Polygon], count: int, grain: Callable[[Polygon], float], direction: Field,
    joints: NDArray[np.float64], rng: np.random.Generator,
) -> tuple[list[Polygon], list[LineString], NDArray[np.float64]]:  # fmt: skip
    """Cut the face that is largest for its place until there are enough, at last however it can be cut.

    Raises
    ------
    ValueError
        If no face can be cut any more.
    """
    lines: list[LineString] = []
    whole: set[int] = set()
    least = list(DECENT)
    while len(faces) < count:
        share = [-1.0 if id(face) in whole else face.area / grain(face) for face in faces]
        largest = int(np.argmax(share))
        if share[largest] < 0:
            whole.clear()
            least.pop(0)
            if not least:
                raise ValueError(f"{len(faces)} of {count} districts fit into the township.")
            continue
        cut = cut_face(faces[largest], direction, joints, rng, least=least[0])
        if cut is None:
            whole.add(id(faces[largest]))
            continue
        faces[largest : largest + 1] = cut.sides
        lines.append(cut.line)
        joints = np.vstack([joints, shapely.get_coordinates(cut.line)[[1, -2]]])
    return faces, lines, joints


def _settle(
    faces: list[Polygon], quota: tuple[Quota, ...], place: Site, grain: Callable[[Polygon], float]
) -> tuple[list[Polygon], list[Quota]]:
    """Who lives where: villages on the largest faces, the old town in the middle, towers outside."""
    centre = Point(place.centre)
    order = sorted(faces, key=lambda face: -face.area / grain(face) * grain(face))
    kinds = [one.kind for one in quota]
    rural = order[: kinds.count("village")]
    rest = sorted(order[len(rural) :], key=lambda face: float(face.distance(centre)))
    old = sorted(rest[: kinds.count("old") + 2], key=lambda face: face.area)[: kinds.count("old")]
    rest = [face for face in rest if not any(face is one for one in old)]
    rest.sort(key=lambda face: float(face.centroid.distance(centre)))
    mixed, tower = kinds.count("mixed"), kinds.count("tower")
    groups = {
        "village": rural, "old": old, "mixed": rest[:mixed],
        "slab": rest[mixed : len(rest) - tower], "tower": rest[len(rest) - tower :],
    }  # fmt: skip
    pairs: list[tuple[Polygon, Quota]] = []
    for kind, places in groups.items():
        wanted = sorted((one for one in quota if one.kind == kind), key=lambda one: -one.persons)
        pairs += zip(sorted(places, key=lambda face: -face.area), wanted, strict=False)
    pairs.sort(key=lambda pair: (-round(pair[0].centroid.y / 400), pair[0].centroid.x))
    return [face for face, _ in pairs], [one for _, one in pairs]
