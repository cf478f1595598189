"""What an edit is about, and how a locked or exempt EA is known again when its code has changed."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from census_gis.areas.desk import Desk, RefusalError, building_atoms, part_atom
from census_gis.areas.regroup import NOBODY
from census_gis.fabric.cells import cell_polygons
from census_gis.fabric.links import cells_at
from census_gis.language import Text

__all__ = ["ANCHORED", "anchor_of", "known_again", "place_in", "subject_of"]

# Edits of an EA that last: it is known again by one of its dwelling parts, else by a place in it.
ANCHORED = ("lock", "exempt")
NO_SUBJECT = Text("it names no EA and no building", "未写明小区或建筑物")


def subject_of(desk: Desk, row: dict[str, Any]) -> NDArray[np.int64]:
    """Atoms of the part or building an edit names."""
    if row["part_id"]:
        return part_atom(desk, row["part_id"])
    if row["building_id"]:
        return building_atoms(desk, row["building_id"])
    raise RefusalError(NO_SUBJECT)


def anchor_of(desk: Desk, row: dict[str, Any]) -> str:
    """The dwelling part of most persons in the EA a lock or an exemption is about."""
    if row["op"] not in ANCHORED or not row["ea_code"]:
        return ""
    parts = desk.fabric.parts
    area = desk.promised.get(row["ea_code"], desk.area_of.get(row["ea_code"], -1))
    mine = parts[desk.label[parts["atom"].to_numpy(np.int64)] == area]
    most = mine.sort_values(["persons", "part_id"], ascending=[False, True])["part_id"]
    return str(most.iloc[0]) if len(most) else ""


def place_in(desk: Desk, row: dict[str, Any]) -> Any:
    """A place in the EA a lock or an exemption is about, where no dwelling part tells it: in its largest ground."""
    area = desk.promised.get(row["ea_code"], desk.area_of.get(row["ea_code"], -1))
    mine = np.flatnonzero(desk.label == area)
    if not len(mine):
        return None
    ground = desk.fabric.atoms["area_m2"].to_numpy(np.float64)
    largest = mine[np.lexsort((desk.web.rank[mine], -ground[mine]))[0]]
    shape = cell_polygons(
        desk.fabric.mesh, np.where(desk.fabric.cell_atom == largest, 0, NOBODY).astype(np.int32)
    )[0]
    return None if shape is None else shapely.point_on_surface(shapely.make_valid(shape))


def known_again(desk: Desk, row: dict[str, Any]) -> NDArray[np.int64]:
    """Atoms by which a lock is known again: its part or building, or the place in an EA without any."""
    place = row.get("geometry")
    if row["part_id"] or row["building_id"] or not isinstance(place, shapely.Point):
        return subject_of(desk, row)
    cell = cells_at(desk.fabric.mesh, np.array([place], dtype=object))
    if cell[0] < 0:
        raise RefusalError(NO_SUBJECT)
    return desk.fabric.cell_atom[cell].astype(np.int64)
