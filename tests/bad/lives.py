"""Bad days that a run lives through: how each is made, and the findings that must tell of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from shapely import Polygon

from tests.bad.place import CRS, EAST, NORTH, Place, at
from tests.bad.stops import HOLLOW, districts_of, in_encoding, register, rows, zigzag

BOW_TIE = Polygon([(EAST + x, NORTH + y) for x, y in ((20, 40), (38, 54), (38, 40), (20, 54))])


@dataclass(frozen=True)
class Life:
    """One bad day that ends with a plan.

    Attributes
    ----------
    spoil
        What makes a good place bad.
    told
        Codes of findings that must be there.
    status
        0, or 1 where a finding is an error.
    persons
        Persons of the whole plan, None where the data give none.
    """

    spoil: Callable[[Place], object]
    told: tuple[str, ...] = ()
    status: int = 0
    persons: int | None = 1200


def people(place: Place, *counts: float | str | None) -> None:
    """Own counts of the first buildings, nothing for the others."""
    place.mapped("persons")
    place.layer("buildings", lambda frame: frame.assign(
        persons=list(counts) + [None] * (len(frame) - len(counts))))  # fmt: skip


def tower(place: Place, persons: int, **columns: int) -> None:
    """A slab of 80 m with so many persons, beside the houses of the district."""
    place.shape("buildings", 0, at(20, 160, 80, 16))
    place.column("districts", "persons", [persons + 600, 600])
    people(place, persons)
    for name, value in columns.items():
        if name != "floors":
            place.mapped(name)
        place.layer("buildings", lambda frame, name=name, value=value: frame.assign(
            **{name: [value] + [None] * (len(frame) - 1)}))  # fmt: skip


def nothing_known(place: Place, persons: int) -> None:
    """The same without floors, of any building."""
    tower(place, persons)
    place.layer("buildings", lambda frame: frame.drop(columns="floors"))
    place.say(', floors = "floors"', "")


def floors(place: Place, *values: object) -> None:
    place.layer("buildings", lambda frame: frame.assign(
        floors=[*values] + [frame["floors"].iloc[0]] * (len(frame) - len(values))
        if not any(isinstance(value, str) for value in values)
        else [*map(str, values)] + ["4"] * (len(frame) - len(values))))  # fmt: skip


def more(place: Place, *shapes: object, ids: tuple[str, ...] = ()) -> None:
    """Further buildings."""
    new = gpd.GeoDataFrame(
        {"building_id": ids or [f"n{i}" for i in range(len(shapes))], "floors": 4},
        geometry=list(shapes), crs=CRS,
    )  # fmt: skip
    place.layer("buildings", lambda frame: gpd.pd.concat([frame, new], ignore_index=True))


def more_districts(place: Place, *shapes: object, persons: int = 0) -> None:
    new = gpd.GeoDataFrame(
        {"district_code": [f"31019910100{i + 3}" for i in range(len(shapes))], "name": "新", "persons": persons},
        geometry=list(shapes), crs=CRS,
    )  # fmt: skip
    place.layer("districts", lambda frame: gpd.pd.concat([frame, new], ignore_index=True))


def only_in_first(place: Place) -> None:
    """The second district has no building."""
    place.layer("buildings", lambda frame: frame[frame.centroid.x < EAST + 300])


def high(place: Place, layer: str) -> None:
    place.layer(layer, lambda frame: frame.set_geometry(
        shapely.force_3d(frame.geometry.to_numpy(), 4.0), crs=frame.crs))  # fmt: skip


def in_crs(place: Place, layer: str, epsg: int) -> None:
    place.layer(layer, lambda frame: frame.to_crs(epsg))


def antimeridian(place: Place) -> None:
    """The whole place at 180 degrees east, half of it beyond."""
    for layer in ("districts", "buildings", "roads"):
        place.layer(layer, lambda frame: frame.set_geometry(
            shapely.transform(frame.geometry.to_numpy(), around), crs=4326))  # fmt: skip


def around(xy: np.ndarray) -> np.ndarray:
    lon = 180 + (xy[:, 0] - EAST - 300) / 100_000
    return np.column_stack(
        [np.where(lon > 180, lon - 360, lon), -17 + (xy[:, 1] - NORTH) / 100_000]
    )


def with_ring(shape: object, *holes: object) -> object:
    return shapely.difference(shape, shapely.union_all(list(holes)))


def coast(n: int) -> Polygon:
    """The first district with a winding line of n vertices in the south."""
    x = np.linspace(0, 300, n)
    line = np.column_stack([EAST + x, NORTH + 3 * np.sin(x) - 4 + np.arange(n) % 2 * 0.01])
    return Polygon(np.vstack([line, [[EAST + 300, NORTH + 200], [EAST, NORTH + 200]]]))


ALL = at(0, 0, 300, 200), at(300, 0, 300, 200)

LIVES: dict[str, Life] = {
    "nothing": Life(lambda p: None),
    # ---- districts
    "district without buildings": Life(only_in_first, ("D302", "P514", "G220"), 1),
    "district without buildings or persons": Life(lambda p: (only_in_first(p), p.column("districts", "persons", [600, 0])), ("D302",), 0, 600),
    "no persons at all": Life(lambda p: p.column("districts", "persons", 0), (), 0, 0),
    "no persons column": Life(lambda p: p.say(', persons = "persons"', ""), (), 0, None),
    "persons of one district missing": Life(lambda p: p.column("districts", "persons", [600, None]), (), 0, None),
    "a district of one building": Life(lambda p: p.layer("buildings", lambda f: f[(f.centroid.x < EAST + 300) | (f["building_id"] == "b08")])),
    "a district of 1 m2": Life(lambda p: more_districts(p, at(600, 0, 1, 1)), ("D302", "D303"), 0),
    "a district of 1 m2 with persons": Life(lambda p: more_districts(p, at(600, 0, 1, 1), persons=5), (), 1, 1205),
    "overlapping districts": Life(lambda p: districts_of(p, at(0, 0, 340, 200), ALL[1]), (), 1),
    "narrow overlap": Life(lambda p: districts_of(p, at(0, 0, 300.5, 200), ALL[1]), ("D202",), 0),
    "narrow gap": Life(lambda p: districts_of(p, at(0, 0, 299.5, 200), ALL[1]), ("D201",), 0),
    "wide gap": Life(lambda p: districts_of(p, at(0, 0, 285, 200), ALL[1]), ("D203",), 1),
    "district in pieces": Life(lambda p: districts_of(p, shapely.MultiPolygon([at(0, 0, 140, 200), at(150, 0, 150, 200)]), ALL[1])),
    "district with a hole": Life(lambda p: districts_of(p, with_ring(ALL[0], at(100, 60, 60, 60)), ALL[1])),
    "one inside another": Life(lambda p: districts_of(p, at(0, 0, 600, 200), at(320, 20, 120, 160)), (), 1),
    "district over itself": Life(lambda p: p.shape("districts", 0, Polygon([(EAST + x, NORTH + y) for x, y in ((0, 0), (300, 0), (300, 200), (290, 200), (300, 201), (290, 201), (300, 200), (0, 200))])), (), 0),
    "district bow-tie": Life(lambda p: p.shape("districts", 0, Polygon([(EAST + x, NORTH + y) for x, y in ((0, 0), (300, 200), (300, 0), (0, 200))])), ("F705",), 1),
    "no codes": Life(lambda p: (p.layer("districts", lambda f: f.drop(columns="district_code")), p.say('district_code = "district_code", ', "")), ("D101",), 0),
    # ---- counts
    "5,000 persons, doors": Life(lambda p: tower(p, 5000, doors=5, floors=20), ("G201",), 0, 6200),
    "5,000 persons, floors": Life(lambda p: tower(p, 5000, floors=20), ("G201",), 0, 6200),
    "5,000 persons, nothing": Life(lambda p: nothing_known(p, 5000), ("G206",), 1, 6200),
    "floors below zero": Life(lambda p: floors(p, -3, 0), ("B302",), 0),
    "floors missing": Life(lambda p: floors(p, None, None), ("B401",), 0),
    "floors all missing": Life(lambda p: p.column("buildings", "floors", None), ("B401",), 0),
    "floors in words": Life(lambda p: floors(p, "四层", "6F", "3-5"), ("B301",), 0),
    "floors beyond reason": Life(lambda p: floors(p, 9999, 400), ("B307",), 0),
    "half floors": Life(lambda p: floors(p, 2.5), (), 0),
    "floors infinite": Life(lambda p: floors(p, float("inf")), ("B301",), 0),
    "persons in words": Life(lambda p: people(p, "1,234 人", "25", "1,0"), ("B301",), 0),
    "persons with fractions": Life(lambda p: people(p, 12.5, 30.0), ("B303",), 0),
    "persons below zero": Life(lambda p: people(p, -4, 30), ("B302",), 0),
    "more counted than the total": Life(lambda p: people(p, *[40] * 30), ("P512",), 1, 1200),
    "all counted, less than the total": Life(lambda p: people(p, *[30] * 30), ("P513",), 1, 900),
    "no ids": Life(lambda p: p.say('building_id = "building_id", ', "") or p.layer("buildings", lambda f: f.drop(columns="building_id")), ("B306",), 0),
    # ---- shapes
    "no geometry in a row": Life(lambda p: p.shape("buildings", 0, None), ("F701",)),
    "empty geometry": Life(lambda p: p.shape("buildings", 0, Polygon()), ("F701",)),
    "not a number": Life(lambda p: p.shape("buildings", 0, HOLLOW), ("C001",), 1),
    "infinite": Life(lambda p: p.shape("buildings", 0, shapely.transform(at(0, 0, 9, 9), lambda xy: np.where(xy == EAST, np.inf, xy))), ("C001",), 1),
    "heights": Life(lambda p: high(p, "buildings"), ("F004",)),
    "heights of districts": Life(lambda p: high(p, "districts"), ("F004",)),
    "crossing itself": Life(lambda p: p.shape("buildings", 0, BOW_TIE), ("F705",), 1),
    "curved": Life(lambda p: p.curved("buildings", 0, 29, 47, 7)),
    "a point among areas": Life(lambda p: p.shape("buildings", 0, shapely.Point(EAST + 30, NORTH + 45)), ("F706",)),
    "flat": Life(lambda p: p.shape("buildings", 0, Polygon([(EAST + 20, NORTH + 40), (EAST + 38, NORTH + 40), (EAST + 29, NORTH + 40)])), ("F706",)),
    "many vertices": Life(lambda p: p.shape("buildings", 0, zigzag(900_000)), ("F708",)),
    "a drawn coast": Life(lambda p: p.shape("districts", 0, coast(300_000)), ("F708",)),
    "two the same": Life(lambda p: more(p, at(20, 40, 18, 14)), ("B203",)),
    "two overlap": Life(lambda p: more(p, at(30, 45, 18, 14)), ("B205",)),
    "twenty on one spot": Life(lambda p: more(p, *[at(20 + i / 2, 40, 18, 14) for i in range(20)]), ("B205",)),
    "across the line": Life(lambda p: more(p, at(292, 150, 18, 30)), ("B202",)),
    "outside": Life(lambda p: more(p, at(900, 150, 18, 30)), ("B201",)),
    "tiny": Life(lambda p: more(p, at(280, 100, 0.5, 0.5)), ("B206",)),
    "as large as the district": Life(lambda p: more(p, at(0, 0, 300, 200)), ("B208",)),
    "a part far away": Life(lambda p: p.shape("buildings", 0, shapely.union(at(20, 40, 18, 14), at(9_000, 0, 9, 9))), ("B209",), 1),
    # ---- files and coordinates
    "project with a mark": Life(lambda p: in_encoding(p, "utf-8-sig")),
    "buildings in degrees": Life(lambda p: in_crs(p, "buildings", 4490)),
    "buildings of wgs 84": Life(lambda p: in_crs(p, "buildings", 4326), ("C008",)),
    "districts in degrees": Life(lambda p: in_crs(p, "districts", 4326)),
    "districts in web mercator": Life(lambda p: in_crs(p, "districts", 3857)),
    "no roads": Life(lambda p: rows(p, "roads", 1) or p.project.write_text(p.project.read_text("utf-8").split("[inputs.roads]")[0], "utf-8"), ("L701",)),
    "antimeridian": Life(antimeridian),
    "formulas": Life(lambda p: register(p, 'building_id,residents\n"=1+1",4\nb00,"=2+3"\n'), ("P602",)),
}  # fmt: skip
