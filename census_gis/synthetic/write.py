"""A made-up place as the files an office would hand over, and the project file that reads them.

A county is written township by township, so that no more than one is in memory.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyogrio
from openpyxl import Workbook

from census_gis.synthetic.imagery import draw
from census_gis.synthetic.project import LAYERS, STAFF, Facts, project_text
from census_gis.synthetic.town import STREET_NORM, Norm, Town

__all__ = ["LAYERS", "Summary", "write", "write_all"]

SHAPES = {
    "districts": "MultiPolygon", "buildings": "Polygon", "roads": "LineString", "railways": "LineString",
    "water": "Polygon", "waterways": "LineString", "landuse": "MultiPolygon", "compounds": "Polygon",
    "places": "Point",
}  # fmt: skip
WHOLE = ("persons", "persons_away", "households", "floors", "dwellings", "doors")
PACKAGE, REGISTER_FILE, STAFF_FILE = "street.gpkg", "register.csv", "staff.xlsx"


@dataclass
class Summary:
    """What was written.

    Attributes
    ----------
    project : path of project.toml
    townships, towns, villages : streets, towns and townships; districts that are residents' committees,
        and that are village committees
    town_persons, town_buildings : persons and buildings of residents' committees
    layers : rows of each layer
    norm : size of an EA it is made for
    codes : codes of the districts, in their order
    """

    project: Path
    townships: int = 0
    persons: int = 0
    towns: int = 0
    villages: int = 0
    town_persons: int = 0
    town_buildings: int = 0
    supervisors: int = 0
    layers: dict[str, int] = field(default_factory=dict)
    norm: Norm = STREET_NORM
    codes: tuple[str, ...] = ()

    def counts(self) -> dict[str, int | float]:
        """Numbers to print: EAs are persons by the size of an EA, buildings to one of a town and a village."""
        target, buildings = self.norm.target, self.layers["buildings"]
        rest, country = buildings - self.town_buildings, self.persons - self.town_persons
        return {
            "townships": self.townships, "districts": self.towns + self.villages, "towns": self.towns,
            "villages": self.villages, "persons": self.persons, "buildings": buildings,
            "roads": self.layers["roads"], "eas": round(self.persons / target),
            "buildings_per_ea_towns": round(self.town_buildings * target / max(1, self.town_persons), 1),
            "buildings_per_ea_villages": round(rest * target / max(1, country), 1),
        }  # fmt: skip

    def add(self, town: Town) -> None:
        """Count in one township."""
        self.norm = town.norm
        self.codes = (*self.codes, *sorted(town.districts["district_code"]))
        urban = town.districts["stratum"] != "220"
        codes = set(town.districts.loc[urban, "district_code"].str[6:])
        self.townships += int((town.units["level"] == "township").sum())
        self.persons += town.persons
        self.towns += int(urban.sum())
        self.villages += int((~urban).sum())
        self.town_persons += int(town.districts.loc[urban, "persons"].sum())
        self.town_buildings += int(town.buildings["building_id"].str[:6].isin(codes).sum())
        self.supervisors += int((town.staff["role"] == "supervisor").sum())


def write(town: Town, folder: Path, *, imagery: int = 0) -> Path:
    """Write one place and its project file; see `write_all`. Returns the path of project.toml."""
    return write_all([town], folder, imagery=imagery).project


def write_all(
    towns: Iterable[Town], folder: Path, *, imagery: int = 0,
    told: Callable[[Town], None] | None = None,
) -> Summary:  # fmt: skip
    """Write the townships of a place and one project file, holding one township at a time.

    Parameters
    ----------
    towns : iterable of Town
        At least one, all of one county, in the order of their codes.
    folder : Path
        Made where absent; files of the same names in it are replaced when all are written.
    imagery : int
        Orthophotos for the first so many districts, 0.5 m a pixel (0: none).
    told : callable
        Hears of each township when it is written.

    Returns
    -------
    Summary, with the path of project.toml. Beside it: street.gpkg, staff.xlsx, register.csv and
    ortho/CODE.tif.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=folder) as name:
        desk = _Desk(Path(name), max(0, imagery))
        for town in towns:
            desk.add(town)
            if told is not None:
                told(town)
        desk.close(folder)
        _move(Path(name), folder)
    return desk.summary


class _Desk:
    """The files of a place in the making, in a folder of their own."""

    def __init__(self, folder: Path, imagery: int) -> None:
        self.summary = Summary(folder / "project.toml")
        self._folder = folder
        self._imagery = imagery
        self._units: list[pd.DataFrame] = []
        self._staff: list[pd.DataFrame] = []
        self._epsg = 0

    def add(self, town: Town) -> None:
        """Append one township to all files."""
        for layer in SHAPES:
            self._append(layer, getattr(town, layer))
        self._count("register", len(town.register))
        town.register.to_csv(
            self._folder / REGISTER_FILE, mode="a", index=False, lineterminator="\n",
            header=self.summary.townships == 0,
        )  # fmt: skip
        self._units.append(town.units)
        self._staff.append(town.staff)
        self._epsg = town.crs.to_epsg() or 0
        first = len(self.summary.codes)
        self.summary.add(town)
        for code in self.summary.codes[first : self._imagery]:
            (self._folder / "ortho").mkdir(exist_ok=True)
            draw(town, code, self._folder / "ortho" / f"{code}.tif")

    def close(self, folder: Path) -> None:
        """Write what is about all townships; `folder` is where the files will be moved."""
        if not self.summary.townships:
            raise ValueError("there is no township to write.")
        units = pd.concat(self._units).drop_duplicates("code", ignore_index=True)
        self._append("units", units)
        _write_staff(pd.concat(self._staff), self._folder / STAFF_FILE)
        pictures = (self._folder / "ortho").exists()
        sums = self.summary
        facts = Facts(self._name(units), self._epsg, sums.norm, sums.persons, sums.supervisors,
                      sums.layers)  # fmt: skip
        self.summary.project.write_text(project_text(facts, has_images=pictures), encoding="utf-8")
        self.summary.project = folder / "project.toml"

    def _name(self, units: pd.DataFrame) -> str:
        """The township's name where it is the only one, else the county's."""
        level = "township" if self.summary.townships == 1 else "county"
        return str(units.loc[units["level"] == level, "name"].iloc[0])

    def _count(self, layer: str, rows: int) -> None:
        self.summary.layers[layer] = self.summary.layers.get(layer, 0) + rows

    def _append(self, layer: str, table: pd.DataFrame) -> None:
        """Add rows to a layer, of the same field types whatever the rows hold."""
        if not len(table):
            return
        typed = table.astype({name: "Int64" for name in WHOLE if name in table})
        known = layer in self.summary.layers
        pyogrio.write_dataframe(
            typed, self._folder / PACKAGE, layer=layer, driver="GPKG", append=known,
            geometry_type=SHAPES.get(layer),
        )  # fmt: skip
        self._count(layer, len(table))


def _write_staff(staff: pd.DataFrame, path: Path) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("staff")
    sheet.append(list(STAFF))
    for row in staff[list(STAFF)].itertuples(index=False):
        sheet.append([value.item() if hasattr(value, "item") else value for value in row])
    book.save(path)


def _move(source: Path, folder: Path) -> None:
    """Put finished files in their place, the project file last."""
    pictures = source / "ortho"
    if pictures.exists():
        (folder / "ortho").mkdir(exist_ok=True)
        for picture in sorted(pictures.iterdir()):
            picture.replace(folder / "ortho" / picture.name)
    for name in (PACKAGE, REGISTER_FILE, STAFF_FILE, "project.toml"):
        (source / name).replace(folder / name)
