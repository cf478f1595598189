"""Everything a project was given, read once: the door of the first room.

Files are opened, brought into one projected metric CRS, their columns and values made ours, their shapes repaired,
districts closed to one line, buildings given to districts. What was noticed goes with the result as findings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from census_gis import findings
from census_gis.errors import InputError
from census_gis.findings import Kind
from census_gis.inputs.beside import Records
from census_gis.inputs.codes import check_codes, of_districts, read_codes
from census_gis.inputs.completeness import incomplete
from census_gis.inputs.disputes import read_disputes
from census_gis.inputs.edits import Known, place_edits, read_edits
from census_gis.inputs.imagery import open_images
from census_gis.inputs.joints import check_links, check_places
from census_gis.inputs.layers import Cases, Ground
from census_gis.inputs.population import control_totals
from census_gis.inputs.previous import in_districts, read_previous
from census_gis.inputs.read_buildings import read_buildings, settlements, take_in
from census_gis.inputs.read_context import (
    BARRIER_KEYS,
    read_barriers,
    read_places,
    read_staff,
)
from census_gis.inputs.read_districts import NUMBERED, read_districts
from census_gis.inputs.register import join_register, read_register
from census_gis.inputs.sensitive import (
    concealed,
    refuse_file_names,
    secrecy_of,
    sensitive_names,
)
from census_gis.inputs.shares import shared_out
from census_gis.inputs.sources import Source
from census_gis.inputs.special import read_special
from census_gis.inputs.strata import check_strata
from census_gis.inputs.units import check_units, read_units
from census_gis.inputs.virtual import check_virtual, read_virtual
from census_gis.inputs.weights import check_weights
from census_gis.language import Language, Text
from census_gis.model import Image, Inputs
from census_gis.profile import Profile, Rule
from census_gis.tables import empty

__all__ = ["AROUND_M", "KEYS", "ReadSettings", "read_inputs"]

AROUND_M = 200.0  # context is kept this far beyond the districts (contract, section 4)
REQUIRED = ("districts", "buildings")
OPTIONAL = (*BARRIER_KEYS, "places", "units", "staff", "register")
# Inputs of special cases: that a project has none is nothing to remark on.
RARE = ("special", "virtual", "codes", "edits", "disputes", "previous")
KEYS = (*REQUIRED, *OPTIONAL, *RARE)
PER_HOUSEHOLD = "population.persons_per_household"

ABSENT = Kind(
    "L701", "note",
    Text("there is no input '{key}'.", "没有提供输入“{key}”。"),
    Text("add [inputs.{key}] where you have such data.", "如有数据，请添加 [inputs.{key}]。"),
)  # fmt: skip
HOUSEHOLDS = Kind(
    "P521", "note",
    Text("households of {n} districts were estimated at {size:g} persons each.",
         "{n} 个普查区的户数按户均 {size:g} 人推算。"),
    Text("give the districts their households.", "请填写各区户数。"),
)  # fmt: skip


@dataclass(frozen=True)
class ReadSettings:
    """What the project file says beside its inputs.

    Attributes
    ----------
    name, language, profile, seed
        As in the project file.
    crs
        Projected metric CRS to work in; None for that of the districts, or by longitude.
    snap_m
        Gaps and overlaps between districts up to this width are closed [m].
    persons_total, persons_per_household
        Used where columns do not say [persons].
    image_files, image_taken, image_source, image_crs
        Orthophotos: files or patterns, date and source to print beside them, CRS where the files state none.
    """

    name: str
    profile: Profile
    language: Language = "en"
    seed: int = 7
    crs: str | None = None
    snap_m: float = 5.0
    persons_total: int | None = None
    persons_per_household: float | None = None
    image_files: Sequence[str] = field(default_factory=tuple)
    image_taken: str = ""
    image_source: str = ""
    image_crs: str | None = None


def read_inputs(
    sources: Mapping[str, Source | Sequence[Source]], settings: ReadSettings, *,
    beside: Callable[..., Callable[[], Any]] = partial,
) -> Inputs:  # fmt: skip
    """Read all inputs of a project.

    Parameters
    ----------
    sources
        One Source, or several, for each of `KEYS`; ``districts`` and ``buildings`` are required.
    settings
        The rest of the project file.
    beside
        Begins a call, and returns what waits for its result; where another process does it, staff and context
        are read beside the buildings. ``functools.partial`` does it when its turn comes.

    Returns
    -------
    Inputs with rows in an order that does not depend on the files'. `districts` has columns beyond its
    table, `persons_given` (and `_away_given`, `households_given`): what was read; its `persons` are
    control totals, shares of `persons_total` among them. `buildings` has `settlement` (rural, urban, '').

    Raises
    ------
    InputError
        Unusable input: see `read_layer`.
    ConfigError
        If districts' persons and `persons_total` differ by more than 0.5 %.
    """
    _require(sources)
    profile = _profile(settings)
    people = beside(read_staff, sources["staff"]) if "staff" in sources else None
    districts, ground, cases = read_districts(
        sources["districts"], profile, crs=settings.crs, snap_m=settings.snap_m
    )
    around = shapely.union_all(districts.geometry.array).buffer(AROUND_M)
    context = {key: sources[key] for key in BARRIER_KEYS if key in sources}
    lines = beside(partial(_barriers, mode=profile["ea.compounds"]), context, ground, around)
    buildings, told = read_buildings(sources["buildings"], ground)
    cases += told
    if "register" in sources:
        buildings, told = _with_register(buildings, sources["register"])
        cases += told
    inside, outside, told = take_in(buildings, districts)
    cases += told
    barriers, told = lines()
    cases += told
    places = empty("PLACES", ground.crs)
    units, staff = pd.DataFrame(empty("UNITS")), pd.DataFrame(empty("STAFF"))
    if "places" in sources:
        places, told = read_places(sources["places"], ground=ground, around=around)
        cases += told + check_places(places)
    if "units" in sources:
        drawn, told = read_units(sources["units"], profile, ground)
        units, found = check_units(districts, drawn, snap_m=settings.snap_m)
        cases += told + found
    if people is not None:
        staff, told = people()
        cases += told
    images, told = _images(settings)
    cases += told
    records, told = _records(sources, ground, profile)
    cases += told
    numbered = frozenset(case["row_key"] for case in cases if case["code"] == NUMBERED.code)
    codes = records.get("codes", empty("CODES"))
    districts, told = check_codes(districts, codes, profile, numbered=numbered)
    records["codes"] = of_districts(codes, districts)
    cases += told + check_links(barriers, districts)
    cases += check_strata(districts, profile) + check_weights(profile)
    cases += secrecy_of(districts, profile["special.secrecy_km2"])
    inputs = Inputs(
        settings.name, settings.language, ground.crs, profile, settings.seed,  # type: ignore[arg-type]
        districts, inside, outside, barriers, places, units, staff, images, findings.frame([], ground.crs),
        **records,
    )  # fmt: skip
    with ThreadPoolExecutor(1) as hand:  # it is geometry nearly all: another core can do it
        missing = hand.submit(incomplete, inputs)
        inputs, told = _peopled(inputs, settings)
        cases += told + missing.result().to_dict("records")
    cases += [ABSENT.at(key, key=key) for key in OPTIONAL if key not in sources]
    inputs = replace(inputs, findings=findings.frame(cases, ground.crs))
    names = sensitive_names(inputs.special)
    refuse_file_names(_files(sources), names, where="[inputs] file")
    return concealed(inputs, names)


def _files(sources: Mapping[str, Source | Sequence[Source]]) -> list[str]:
    """Names of files and layers, as results tell of them."""
    listed = [
        one for many in sources.values() for one in ([many] if isinstance(many, Source) else many)
    ]
    return [name for source in listed for name in (source.file.name, source.layer or "")]


def _require(sources: Mapping[str, Source | Sequence[Source]]) -> None:
    lost = [key for key in REQUIRED if not sources.get(key)]
    if lost:
        raise InputError(
            Text(f"the inputs {', '.join(lost)} are missing.", f"缺少输入：{'、'.join(lost)}。"),
            where="inputs",
            fix=Text("add [inputs.districts] and [inputs.buildings].",
                     "请添加 [inputs.districts] 和 [inputs.buildings]。"),
        )  # fmt: skip


def _profile(settings: ReadSettings) -> Profile:
    """The profile with the household size of the project file."""
    size = settings.persons_per_household
    if size is None:
        return settings.profile
    rule = Rule(float(size), "persons", "project file, [population]")
    return settings.profile.depart({PER_HOUSEHOLD: rule}, "[population] persons_per_household")


def _with_register(
    buildings: gpd.GeoDataFrame, sources: Source | Sequence[Source]
) -> tuple[gpd.GeoDataFrame, Cases]:
    cases: Cases = []
    for source in [sources] if isinstance(sources, Source) else sources:
        register, told = read_register(source)
        buildings, joined = join_register(buildings, register)
        cases += told + joined
    return buildings, cases


def _barriers(
    sources: Mapping[str, Source | Sequence[Source]], ground: Ground, around: Any, *, mode: str
) -> tuple[gpd.GeoDataFrame, Cases]:
    frames, cases = [], []
    for key in BARRIER_KEYS:
        if key in sources:
            frame, told = read_barriers(
                key, sources[key], ground=ground, around=around, mode_of_groups=mode
            )
            cases += told
            if len(frame):
                frames.append(frame)
    if not frames:
        return empty("BARRIERS", ground.crs), cases
    table = pd.concat(frames, ignore_index=True)
    return gpd.GeoDataFrame(table, geometry="geometry", crs=ground.crs), cases


def _records(
    sources: Mapping[str, Source | Sequence[Source]], ground: Ground, profile: Profile
) -> tuple[dict[str, Any], Cases]:
    """The inputs of `RARE` that are given."""
    readers = {
        "special": partial(read_special, ground=ground, profile=profile), "virtual": read_virtual,
        "codes": partial(read_codes, profile=profile), "edits": partial(read_edits, ground=ground),
        "disputes": partial(read_disputes, ground=ground),
        "previous": partial(read_previous, ground=ground),
    }  # fmt: skip
    records: dict[str, Any] = {}
    cases: Cases = []
    for key in RARE:
        if key in sources:
            records[key], told = readers[key](sources[key])  # type: ignore[operator]
            cases += told
    return records, cases


def _peopled(inputs: Inputs, settings: ReadSettings) -> tuple[Inputs, Cases]:
    """Whether buildings stand in town or country, records of special cases in their districts, control totals."""
    landuse = inputs.barriers[inputs.barriers["source"] == "landuse"]
    homes = inputs.buildings.assign(
        settlement=settlements(inputs.buildings, inputs.districts, landuse)
    )
    inputs, cases = _settled(replace(inputs, buildings=homes))
    districts, told = _totals(inputs, settings)
    return replace(inputs, districts=districts), cases + told


def _settled(inputs: Inputs) -> tuple[Inputs, Cases]:
    """Special areas in their districts; virtual EAs held against the districts' totals."""
    cases: Cases = []
    settled: dict[str, Any] = {}
    districts, buildings = inputs.districts, inputs.buildings
    if len(inputs.special):
        settled["special"], cases = shared_out(inputs.special, districts, buildings)
    if len(inputs.virtual):
        cases += check_virtual(inputs.virtual, districts)
    if len(inputs.previous):
        settled["previous"], told = in_districts(inputs.previous, districts)
        cases += told
    if len(inputs.edits):
        home = dict(zip(buildings["building_id"], buildings["district_code"], strict=True))
        settled["edits"], told = place_edits(inputs.edits, Known(districts, home))
        cases += told
    return replace(inputs, **settled), cases


def _images(settings: ReadSettings) -> tuple[tuple[Image, ...], Cases]:
    if not settings.image_files:
        return (), []
    return open_images(
        settings.image_files, settings.image_taken, settings.image_source, crs=settings.image_crs
    )


def _totals(inputs: Inputs, settings: ReadSettings) -> tuple[gpd.GeoDataFrame, Cases]:
    """Control totals of persons and households where the districts do not give them."""
    cases: Cases = []
    out, profile = inputs.districts.copy(), inputs.profile
    if settings.persons_total is not None:
        persons, cases = control_totals(
            inputs.buildings, out, profile, settings.persons_total,
            records=Records(inputs.special, inputs.virtual),
        )  # fmt: skip
        out["persons"] = pd.array(persons, dtype="Float64").astype("Int64")
    if settings.persons_per_household is not None:
        size = float(profile[PER_HOUSEHOLD])
        lacking = out["households"].isna() & out["persons"].notna()
        estimate = (out["persons"].astype("Float64") / size).round()
        out["households"] = out["households"].fillna(estimate.astype("Int64"))
        if lacking.any():
            cases.append(HOUSEHOLDS.at("districts", n=int(np.sum(lacking)), size=size))
    return out, cases
