"""Districts are closed to one shared line: what two of them claim, or neither, goes to one of them.

All district lines are noded together on a grid of 1 mm, and the faces between them are given out again:
a face that one district claims is its own; a narrow one that several claim, or none, goes to the neighbour
with the longest border on it. A district is then the union of its faces, so that neighbours share every vertex.
Districts that already share their lines come back untouched, bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from census_gis.errors import InputError
from census_gis.findings import Kind
from census_gis.language import Text

__all__ = ["close_districts"]

GRID_M = 0.001  # all lines are noded on this grid: far below what any survey of districts resolves
WIDE = 4  # open gaps are looked for up to this many times the width that is closed
JUNCTION = 1.3  # where three strips meet, the room is wider than each: 1.16 times at equal angles, 1.25 times at a T
LONG = 3.0  # an open gap is a strip at least so many times longer than wide; the notch between two corners is none
MOVED = 0.001  # share of their area that districts may change (contract, law 1)
NEAR_M = 0.01  # what is this close touches
SAID_M2 = 0.01  # less is rounding of lines that were drawn alike, and is not reported

GAP_CLOSED = Kind(
    "D201", "note",
    Text("{n} gaps between {a} were closed: {area:.2f} m² went to {to}.",
         "{a} 之间有 {n} 处缝隙，已闭合：{area:.2f} 平方米划归 {to}。"),
    Text("look at the new line.", "请核对新的界线。"),
)  # fmt: skip
OVERLAP_CLOSED = Kind(
    "D202", "note",
    Text("{n} overlaps of {a} were resolved: {area:.2f} m² went to {to}.",
         "{a} 有 {n} 处重叠，已处理：{area:.2f} 平方米划归 {to}。"),
    Text("look at the new line.", "请核对新的界线。"),
)  # fmt: skip
GAP_WIDE = Kind(
    "D203", "error",
    Text("{area:.1f} m² between {a} belong to no district (wider than {snap:g} m, left open).",
         "{a} 之间有 {area:.1f} 平方米不属于任何普查区（宽度超过 {snap:g} 米，未闭合）。"),
    Text("draw the line again, add the district that is missing, or raise snap_m.",
         "请重绘界线，补上缺少的普查区，或增大 snap_m。"),
)  # fmt: skip
OVERLAP_WIDE = Kind(
    "D204", "error",
    Text("{a} overlap by {area:.1f} m² (wider than {snap:g} m); all of it went to the smaller, {to}.",
         "{a} 重叠 {area:.1f} 平方米（宽度超过 {snap:g} 米），暂全部划归面积较小的 {to}。"),
    Text("settle the line between them and draw it again.", "请与双方商定界线后重绘。"),
)  # fmt: skip
CHANGED = Kind(
    "D205", "error",
    Text("closing the districts changed their ground by {share:.2%}, more than 0.1 %.",
         "闭合界线使普查区总面积变化 {share:.2%}，超过 0.1 %。"),
    Text("draw the lines again, or lower snap_m.", "请重绘界线，或减小 snap_m。"),
)  # fmt: skip


@dataclass(frozen=True)
class _Given:
    """The districts as given."""

    shape: NDArray[Any]
    codes: NDArray[Any]
    matched: bool
    tree: Any

    def beside(self, piece: Any, least_m: float = 0.0) -> list[int]:
        """Districts along a piece of ground, those with more than `least_m` of border on it."""
        near = shapely.buffer(piece, NEAR_M)
        rows = np.sort(self.tree.query(near, predicate="intersects"))
        length = shapely.length(shapely.intersection(shapely.boundary(self.shape[rows]), near))
        return [int(row) for row in rows[length > least_m]]


@dataclass(frozen=True)
class _Faces:
    """Faces between all lines, who claims each, and which share how much border."""

    shape: NDArray[Any]
    claims: list[tuple[int, ...]]
    one: NDArray[np.int64]
    two: NDArray[np.int64]
    border: NDArray[np.float64]


def close_districts(
    districts: gpd.GeoDataFrame, *, snap_m: float, where: str = "districts"
) -> tuple[gpd.GeoDataFrame, list[dict[str, Any]]]:
    """Give districts one shared line.

    Parameters
    ----------
    districts : GeoDataFrame
        Columns `district_code` (unique), `geometry` (valid polygons in a projected metric CRS); ordered by code.
    snap_m
        Gaps and overlaps up to this width are closed [m], >= 0.
    where
        What an error calls the layer.

    Returns
    -------
    The same rows with MultiPolygons that share every vertex of common borders and nowhere overlap,
    and findings: what was closed, with the area moved [m2]; what is wider than `snap_m`. A wide overlap is
    given to the smaller district (an enclave drawn on top of its surroundings is the usual case);
    a wide gap is left open.

    Raises
    ------
    InputError
        If a district lies wholly inside a smaller or equal one, so that nothing is left of it.
    """
    shape = np.asarray(districts.geometry.array, dtype=object)
    codes = districts["district_code"].astype(str).to_numpy()
    matched = bool(shapely.coverage_is_valid(shape))
    given = _Given(shape, codes, matched, shapely.STRtree(shape))
    land = shapely.coverage_union_all(shape) if matched else shapely.union_all(shape)
    strips, cases = _open_gaps(land, given, snap_m)
    holes = _holes(land, given)
    narrow = _narrow(holes, snap_m) if snap_m > 0 else np.zeros(len(holes), dtype=bool)
    if matched and not strips and not narrow.any():
        for hole in holes:
            sides = [codes[j] for j in given.beside(hole)]
            cases.append(_of_sides(GAP_WIDE, sides, hole, area=hole.area, snap=snap_m))
        closed = shape
    else:
        faces = _faces(given, strips)
        owner, told = _give_out(faces, given, snap_m)
        closed = _united(faces, owner, codes, where)
        cases += told + _changed(land, closed)
    many = np.array([_multi(one) for one in closed], dtype=object)
    return districts.set_geometry(
        gpd.GeoSeries(many, index=districts.index, crs=districts.crs)
    ), cases


def _multi(shape: Any) -> Any:
    return shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape])


# ---- gaps


def _narrow(shapes: NDArray[Any], width_m: float) -> NDArray[np.bool_]:
    """Whether each shape is nowhere wider than `width_m` [m], but for a grid cell."""
    return shapely.is_empty(shapely.buffer(shapes, -(width_m / 2 + GRID_M), join_style="mitre"))


def _closes(ground: Any, given: _Given, snap_m: float) -> bool:
    """Whether ground between districts is narrow, but for spots where three of them meet.

    Where strips of one width meet, the ground is wider than each of them: the gaps of a whole
    net of lines must not stay open for that.
    """
    if _narrow(np.array([ground]), snap_m)[0]:
        return True
    if not _narrow(np.array([ground]), JUNCTION * snap_m)[0]:
        return False
    spots = shapely.get_parts(shapely.buffer(ground, -(snap_m / 2 + GRID_M), join_style="mitre"))
    reach = shapely.buffer(spots, JUNCTION * snap_m / 2 + NEAR_M)
    spot, _ = given.tree.query(reach, predicate="intersects")
    return bool((np.bincount(spot, minlength=len(spots)) > 2).all())


def _open_gaps(land: Any, given: _Given, snap_m: float) -> tuple[list[Any], list[dict[str, Any]]]:
    """Strips between two districts that are open to the outside: those to close, and findings of wider ones.

    They are no holes of the union; widening and narrowing it again (a morphological closing) shows them.
    """
    if snap_m <= 0 or len(given.shape) < 2:
        return [], []
    strips = [
        strip for strip in _strips(land, given, snap_m)
        if not (given.matched and _is_notch(strip, given))
    ]  # fmt: skip
    known = shapely.union_all(strips) if strips else shapely.Polygon()
    cases = []
    for strip in _strips(land, given, WIDE * snap_m):
        small = strip.area < LONG * snap_m**2 or strip.intersection(known).area > 0.5 * strip.area
        if small or _is_notch(strip, given):
            continue
        sides = [given.codes[j] for j in given.beside(strip)]
        cases.append(_of_sides(GAP_WIDE, sides, strip, area=strip.area, snap=snap_m))
    return strips, cases


def _strips(land: Any, given: _Given, width_m: float) -> list[Any]:
    half = width_m / 2
    closing = land.buffer(half, join_style="mitre").buffer(-half, join_style="mitre")
    pieces = shapely.get_parts(shapely.difference(closing, _filled(land)))
    area, edge = shapely.area(pieces), shapely.length(pieces) / 2
    # Longer side of the rectangle with the same area and perimeter.
    long = (edge + np.sqrt(np.maximum(edge**2 - 4 * area, 0))) / 2
    pieces = pieces[(area > SAID_M2) & (long * long >= LONG * area)]
    return [piece for piece in pieces if len(given.beside(piece, least_m=width_m / 2)) > 1]


def _is_notch(strip: Any, given: _Given) -> bool:
    """Whether the districts beside a strip meet at its end: then it is the angle between their outer lines."""
    a, *rest = given.beside(strip)
    return any(
        shapely.intersection(given.shape[a], given.shape[b]).distance(strip) < NEAR_M for b in rest
    )


def _filled(land: Any) -> Any:
    """The same ground without its holes."""
    return shapely.union_all([shapely.Polygon(part.exterior) for part in shapely.get_parts(land)])


def _holes(land: Any, given: _Given) -> NDArray[Any]:
    """Ground enclosed by at least two districts that belongs to none."""
    holes = shapely.get_parts(shapely.difference(_filled(land), land))
    return np.array([hole for hole in holes if len(given.beside(hole, 0.1)) > 1], dtype=object)


# ---- faces


def _faces(given: _Given, strips: list[Any]) -> _Faces:
    """Node all lines on the grid, and see who claims each face between them."""
    lines = shapely.boundary(np.append(given.shape, np.array(strips, dtype=object)))
    with np.errstate(divide="ignore", invalid="ignore"):  # GEOS divides by the length of nothing
        noded = shapely.union_all(lines, grid_size=GRID_M)
    faces = np.asarray(
        shapely.get_parts(shapely.polygonize(shapely.get_parts(noded))), dtype=object
    )
    face, district = given.tree.query(shapely.point_on_surface(faces), predicate="intersects")
    claims: list[list[int]] = [[] for _ in faces]
    for i, j in zip(face.tolist(), district.tolist(), strict=True):
        claims[i].append(j)
    one, two, border = _borders(faces)
    return _Faces(faces, [tuple(sorted(c)) for c in claims], one, two, border)


def _borders(
    faces: NDArray[Any],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Pairs of faces that share segments, and how many metres."""
    rings, of_ring = shapely.get_rings(faces, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[:-1] == ring[1:]
    a, b = xy[:-1][same], xy[1:][same]
    turn = (a[:, 0] > b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] > b[:, 1]))
    low, high = np.where(turn[:, None], b, a), np.where(turn[:, None], a, b)
    table = pd.DataFrame(np.hstack([low, high]), columns=["x1", "y1", "x2", "y2"])
    table["face"] = of_ring[ring[:-1][same]]
    table = table.sort_values(["x1", "y1", "x2", "y2", "face"], kind="stable")
    ends = table[["x1", "y1", "x2", "y2"]].to_numpy()
    face = table["face"].to_numpy()
    pair = np.flatnonzero((ends[:-1] == ends[1:]).all(axis=1) & (face[:-1] != face[1:]))
    metres = np.hypot(*(ends[pair, 2:] - ends[pair, :2]).T)
    both = pd.DataFrame({"one": face[pair], "two": face[pair + 1], "m": metres})
    both = both.groupby(["one", "two"], as_index=False)["m"].sum()
    return both["one"].to_numpy(), both["two"].to_numpy(), both["m"].to_numpy()


def _give_out(
    faces: _Faces, given: _Given, snap_m: float
) -> tuple[NDArray[np.int64], list[dict[str, Any]]]:
    """Owner of each face (-1: nobody), and what was decided."""
    owner = np.array([c[0] if len(c) == 1 else -1 for c in faces.claims], dtype=np.int64)
    area, codes = shapely.area(given.shape), given.codes
    ledger: list[dict[str, Any]] = []
    for members in _doubtful(faces):  # overlaps first, so that gaps see their neighbours
        claims = faces.claims[members[0]]
        ground = shapely.coverage_union_all(faces.shape[members])
        narrow = _closes(ground, given, snap_m)
        length = _border_of(members, owner, faces)
        if claims:
            mine = {j: round(length.get(j, 0.0), 3) for j in claims}
            best = min(claims, key=lambda j: (-mine[j] if narrow else 0.0, area[j], codes[j]))
            kind, sides = (OVERLAP_CLOSED if narrow else OVERLAP_WIDE), list(claims)
        else:
            sides = sorted(length)
            if len(sides) < 2:
                continue  # a hole that one district was given: not for us to fill
            best = min(sides, key=lambda j: (-round(length[j], 3), codes[j])) if narrow else -1
            kind = GAP_CLOSED if narrow else GAP_WIDE
        owner[members] = best
        named = tuple(codes[j] for j in sorted(sides))
        ledger.append(
            {"kind": kind, "sides": named, "to": codes[best] if best >= 0 else "", "ground": ground}
        )
    return owner, _told(ledger, snap_m)


def _doubtful(faces: _Faces) -> list[NDArray[np.int64]]:
    """Groups of touching faces with the same claimants, other than one: overlaps first, gaps last."""
    claims = faces.claims
    name = pd.factorize(pd.Series([str(c) for c in claims]))[0]
    alike = name[faces.one] == name[faces.two]
    n = len(claims)
    graph = coo_array((np.ones(alike.sum()), (faces.one[alike], faces.two[alike])), shape=(n, n))
    group = connected_components(graph, directed=False)[1]
    doubt = np.array([i for i, c in enumerate(claims) if len(c) != 1], dtype=np.int64)
    members = [np.asarray(rows) for _, rows in pd.Series(doubt).groupby(group[doubt])]
    corner = shapely.bounds(faces.shape)
    return sorted(
        members, key=lambda rows: (not claims[rows[0]], tuple(corner[rows].min(axis=0)[:2]))
    )


def _border_of(
    members: NDArray[np.int64], owner: NDArray[np.int64], faces: _Faces
) -> dict[int, float]:
    """Metres of border between a group of faces and each district beside it."""
    inside = np.zeros(len(faces.shape), dtype=bool)
    inside[members] = True
    length: dict[int, float] = {}
    for here, there in ((faces.one, faces.two), (faces.two, faces.one)):
        rows = np.flatnonzero(inside[here] & ~inside[there] & (owner[there] >= 0))
        for j, metres in zip(owner[there[rows]].tolist(), faces.border[rows].tolist(), strict=True):
            length[j] = length.get(j, 0.0) + metres
    return length


def _told(ledger: list[dict[str, Any]], snap_m: float) -> list[dict[str, Any]]:
    """One finding for each kind, pair of districts and receiver."""
    groups: dict[tuple[str, tuple[str, ...], str], list[dict[str, Any]]] = {}
    for entry in ledger:
        groups.setdefault((entry["kind"].code, entry["sides"], entry["to"]), []).append(entry)
    cases = []
    for (_, sides, to), entries in sorted(groups.items()):
        ground = shapely.union_all([entry["ground"] for entry in entries])
        area = float(sum(entry["ground"].area for entry in entries))
        if area < SAID_M2:
            continue
        words = {"to": to, "n": len(entries), "area": area, "snap": snap_m}
        cases.append(_of_sides(entries[0]["kind"], sides, ground, **words))
    return cases


def _of_sides(kind: Kind, sides: Sequence[str], ground: Any, **words: object) -> dict[str, Any]:
    """A case between districts, listed as each language lists."""
    key = str(words.get("to") or ", ".join(sides))
    english, chinese = (
        kind.at("districts", key, ground, a=sign.join(sides), **words) for sign in (" and ", "、")
    )
    return {**english, "message_zh": chinese["message_zh"]}


def _united(
    faces: _Faces, owner: NDArray[np.int64], codes: NDArray[Any], where: str
) -> NDArray[Any]:
    """Each district as the union of its faces."""
    closed = np.empty(len(codes), dtype=object)
    empty = []
    for j in range(len(codes)):
        mine = faces.shape[owner == j]
        if len(mine):
            closed[j] = shapely.coverage_union_all(mine)
        else:
            empty.append(codes[j])
    if empty:
        raise InputError(
            Text(f"{len(empty)} districts lie wholly inside others, nothing is left of them.",
                 f"{len(empty)} 个普查区完全被其他普查区覆盖，没有剩余范围。"),
            where=where, rows=empty,
            fix=Text("delete the row drawn twice, or cut it out of its neighbours.",
                     "请删除重复绘制的行，或从相邻普查区中挖出其范围。"),
        )  # fmt: skip
    return closed


def _changed(land: Any, closed: NDArray[Any]) -> list[dict[str, Any]]:
    """An error finding where the ground of all districts together changed by more than 0.1 %."""
    moved = shapely.area(shapely.symmetric_difference(land, shapely.coverage_union_all(closed)))
    share = float(moved / land.area)
    return [CHANGED.at("districts", "", None, share=share)] if share > MOVED else []
