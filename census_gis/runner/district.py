"""The life of one census district, from validated input to the tables of its plan.

A pure function of a `District`: it may run in any process, in any order. What it makes is kept in a
file of its own, named by the content it was made from, so that a later run need not make it again.
"""

from __future__ import annotations

import hashlib
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

import census_gis
from census_gis import __version__, findings
from census_gis.areas.across import across_held_lines
from census_gis.areas.anchors import ANCHORED
from census_gis.areas.audit import audit_tables
from census_gis.areas.certificates import told_before
from census_gis.areas.codes import number
from census_gis.areas.edits import DONE, History, edit
from census_gis.areas.exempt import exempted, with_numbers_asked_for
from census_gis.areas.holds import with_holds
from census_gis.areas.recall import Standing, recall
from census_gis.areas.succession import succeed
from census_gis.areas.tabulate import tabulate
from census_gis.errors import CensusGISError
from census_gis.fabric.build import build_fabric
from census_gis.language import Language, Text
from census_gis.model import District, Fabric, Plan
from census_gis.partitioning.solve import partition
from census_gis.runner.standing import FROZEN, ROWS
from census_gis.store.assembly import OF_DISTRICT
from census_gis.tables import conform, empty

__all__ = [
    "Made", "Outcome", "StandsIn", "Wish", "digest", "fabric_of", "layers", "recalled", "run_district",
    "standing_of", "tables_of",
]  # fmt: skip

# As `tabulate` makes them.
CONFORMED = ("districts", "enumeration_areas", "dwelling_parts", "ea_lines", "ea_descriptions")


@dataclass(frozen=True)
class Outcome:
    """What became of one district: its tables or the file they are kept in, or the error that stopped it."""

    code: str
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    failure: Text | None = None
    error: CensusGISError | None = None
    trace: str = ""
    file: Path | None = None


@dataclass(frozen=True)
class Wish:
    """What of a division was asked for beyond the project file: a proof, exactly so many EAs.

    `threads` are the cores to use: no part of the question, since they do not change the plan.
    """

    prove: bool = False
    areas: int | None = None
    threads: int = field(default=1, repr=False, compare=False)


def run_district(
    district: District, *, language: Language, standing: StandsIn | None = None,
    wish: Wish = Wish(),
) -> Outcome:  # fmt: skip
    """Fabric, partition, areas and audit of one district; an error becomes part of the outcome.

    Parameters
    ----------
    district
        After population.
    language
        Language of names and remarks.
    standing
        The plan it stands in already: its EAs and codes are kept. None divides it anew.
    wish
        For a district that is divided anew.
    """
    seconds: dict[str, float] = {}
    try:
        with _Clock(seconds, "fabric"):
            fabric = fabric_of(district, standing)
        with _Clock(seconds, "plan"):
            divide = partial(_divided, wish) if standing is None else partial(recalled, standing)
            made = divide(fabric, language)
        with _Clock(seconds, "areas"):
            tables = tables_of(made, language)
    except CensusGISError as error:
        said = Text(error.say("en"), error.say("zh"))
        return Outcome(district.id, failure=said, error=error)
    except MemoryError:
        return Outcome(district.id, failure=Text("memory ran out", "内存不足"))
    except Exception as error:  # a defect of ours: the other districts go on, this one is named
        what = f"{type(error).__name__}: {error}"
        said = Text(f"internal error: {what}", f"内部错误：{what}")
        return Outcome(district.id, failure=said, trace=traceback.format_exc())
    return Outcome(district.id, tables, seconds)


@dataclass(frozen=True)
class StandsIn:
    """What a district has been planned into, and by hand changed to.

    Attributes
    ----------
    ground : the rows to keep to
    edits, retired : its rows of layers `edits` and `retired_codes`
    state : of the district
    day : date that retired codes get, ISO 8601
    orders : edits to do now by hand; None does those of the project file that were not done before
    told : layer `findings` of the plan, where the ground is the same as when it was divided
    """

    ground: Standing
    edits: gpd.GeoDataFrame
    retired: pd.DataFrame
    state: str
    day: str
    orders: gpd.GeoDataFrame | None = None
    told: pd.DataFrame | None = None


@dataclass(frozen=True)
class Made:
    """A district planned, not yet in tables.

    Attributes
    ----------
    plan : with codes
    findings : of partition, recall and edits
    edits, retired : rows of layers `edits` and `retired_codes`, those of before first
    record : the rows of `edits` that are new
    words : for each of these what else is to be said of it
    state : of the district
    """

    plan: Plan
    findings: tuple[gpd.GeoDataFrame, ...]
    edits: pd.DataFrame
    retired: pd.DataFrame
    record: pd.DataFrame
    words: tuple[str, ...] = ()
    state: str = "draft"


def standing_of(
    tables: Mapping[str, gpd.GeoDataFrame], code: str, *, day: str,
    orders: gpd.GeoDataFrame | None = None,
) -> StandsIn:  # fmt: skip
    """The EAs a district stands in, from the layers `census_gis.runner.standing.ROWS` of its plan."""
    mine = {name: tables[name][tables[name]["district_code"] == code] for name in ROWS}
    ground = Standing(
        mine["enumeration_areas"],
        mine["dwelling_parts"],
        frozenset(mine["retired_codes"]["ea_code"]),
    )
    state = str(mine["districts"]["state"].iloc[0])
    return StandsIn(ground, mine["edits"], mine["retired_codes"], state, day, orders)


def fabric_of(district: District, standing: StandsIn | None) -> Fabric:
    """Fabric of a district; lines that were held before are barriers still."""
    if standing is not None:
        past = standing.edits[
            (standing.edits["op"] == "hold") & (standing.edits["outcome"] == DONE)
        ]
        district = replace(district, edits=_below([past, district.edits]))
    return build_fabric(with_holds(district))


def tables_of(made: Made, language: Language) -> dict[str, pd.DataFrame]:
    """Layers of a plan that are about one district, audited; findings in both languages."""
    fabric = made.plan.fabric
    profile = fabric.district.profile
    tables = tabulate(made.plan, language=language, state=made.state)
    audited = audit_tables(
        tables["districts"], tables["enumeration_areas"], tables["dwelling_parts"],
        tables["ea_lines"], profile, retired=made.retired,
    )  # fmt: skip
    across = across_held_lines(
        fabric.district, tables["enumeration_areas"], tables["dwelling_parts"]
    )
    every = _gathered(fabric.findings, *made.findings, audited, across)
    found = exempted(
        findings.about(every, profile.noun), made.edits, tables["dwelling_parts"],
        spare=int(profile["ea.persons.spare"]), areas=tables["enumeration_areas"],
    )  # fmt: skip
    found = with_numbers_asked_for(found, found, tables["enumeration_areas"], profile)
    return {**tables, "edits": made.edits, "retired_codes": made.retired, "findings": found}


def _divided(wish: Wish, fabric: Fabric, language: Language) -> Made:
    """Divided anew and numbered, then edited as the project file asks; codes of the previous census go on."""
    district = fabric.district
    plan = partition(
        fabric, seed=_seed(district), areas=wish.areas, prove=wish.prove, threads=wish.threads
    )
    retired = [empty("retired_codes")]
    told: list[gpd.GeoDataFrame] = []
    goes_on = bool(len(district.previous))
    if goes_on:
        followed = succeed(plan)
        plan, told = followed.plan, [followed.findings]
        retired = [_of(followed.retired, district.id, "")]
    else:
        plan = number(plan)
    if not len(district.edits):
        none = empty("edits", district.crs)
        return Made(plan, (_coded(plan.findings, plan.codes), *told), none, retired[0], none)
    ever = frozenset(retired[0]["ea_code"])
    done = edit(
        plan, district.edits, frozen=goes_on, history=History(retired=ever), language=language
    )
    found = (_coded(done.plan.findings, done.plan.codes), *told, done.findings)
    record = _recorded(done.done, 0, "run")
    retired.append(_of(done.retired, district.id, ""))
    return Made(done.plan, found, record, _below(retired), record)


def recalled(standing: StandsIn, fabric: Fabric, language: Language) -> Made:
    """The EAs there are, on the ground as it is now; edits that are asked for and not done yet are done to them."""
    code = fabric.district.id
    stood = recall(fabric, standing.ground)
    plan = stood.plan
    if standing.told is not None:
        plan = replace(plan, findings=told_before(plan, standing.told))
    # Codes that went with the ground are given up before the edits: these must not use them again.
    used = standing.ground.retired | frozenset(stood.retired["ea_code"])
    by_hand = standing.orders is not None
    asked = standing.orders if by_hand else _unknown(fabric.district.edits, standing.edits)
    done = edit(
        plan, asked, frozen=standing.state in FROZEN or bool(used),
        history=History(standing.edits, used), language=language,
    )  # fmt: skip
    retired = [
        standing.retired,
        *(_of(frame, code, standing.day) for frame in (stood.retired, done.retired)),
    ]
    last = int(standing.edits["seq"].max()) if len(standing.edits) else 0
    record = _recorded(done.done, last, "apply" if by_hand else "run")
    return Made(
        done.plan,
        (_coded(done.plan.findings, done.plan.codes), stood.findings,
         _told_only(done.findings) if by_hand else done.findings),
        _below([standing.edits, record]),
        _below(retired), record, done.words, standing.state,
    )  # fmt: skip


def _told_only(found: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """An order that was not done leaves the plan as it was: who gave it is told; no signature is held up."""
    return found.assign(severity=found["severity"].replace("error", "warning"))


def _unknown(asked: gpd.GeoDataFrame, before: pd.DataFrame) -> gpd.GeoDataFrame:
    """Edits of the project file that were not done to the plan before."""
    known = set(_signs(before))
    fresh = np.array([sign not in known for sign in _signs(asked)], dtype=bool)
    return asked[fresh].reset_index(drop=True)


def _signs(edits: pd.DataFrame) -> list[tuple[str, ...]]:
    """What makes an edit the same one: all it says but for the part or place by which the plan knows an EA again."""
    said = edits[["op", "building_id", "part_id", "ea_code", "reason", "who", "when"]].astype(
        object
    )
    said = said.where(said.notna(), "").astype(str)
    of_area = (said["op"].isin(ANCHORED) & (said["ea_code"] != "")).to_numpy(bool)
    said.loc[of_area, "part_id"] = ""
    shapes = np.where(
        of_area, None, shapely.to_wkb(np.asarray(edits["geometry"], dtype=object), hex=True)
    )
    return [(*row, str(shape)) for row, shape in zip(said.to_numpy().tolist(), shapes, strict=True)]


def _recorded(done: pd.DataFrame, last: int, origin: str) -> pd.DataFrame:
    """Rows of layer `edits`, numbered on from the last there is."""
    return done.assign(seq=range(last + 1, last + 1 + len(done)), origin=origin)


def _of(retired: pd.DataFrame, code: str, day: str) -> pd.DataFrame:
    return retired.assign(district_code=code, retired_on=day)


def _below(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Frames below each other, empty ones left out: they have no types to agree on."""
    some = [frame for frame in frames if len(frame)]
    return pd.concat(some, ignore_index=True) if some else frames[0].reset_index(drop=True)


def digest(packed: bytes, language: Language, *, standing: bytes = b"", wish: Wish = Wish()) -> str:
    """SHA-256 of everything the outcome depends on: data, rules, seed, language and our own code.

    Parameters
    ----------
    packed
        The district (`census_gis.store.packing.pack`).
    language
        Language of names and remarks.
    standing
        The rows it keeps to, where it stands already.
    wish
        What of its division was asked for.
    """
    state = hashlib.sha256(_code().encode())
    for piece in (language.encode(), packed, standing, repr(wish).encode()):
        state.update(len(piece).to_bytes(8, "little") + piece)
    return state.hexdigest()


@lru_cache(maxsize=1)
def _code() -> str:
    """SHA-256 of the program's own text: what an older version planned is planned anew."""
    state = hashlib.sha256(__version__.encode())
    package = Path(census_gis.__file__).parent
    for file in sorted(package.rglob("*.py")):
        state.update(file.relative_to(package).as_posix().encode() + file.read_bytes())
    return state.hexdigest()


def layers(outcome: Outcome, *, crs: object, language: Language) -> dict[str, pd.DataFrame]:
    """Tables of an outcome as the plan holds them, conformed (those of `tabulate` are already)."""
    none = {name: empty(name, crs) for name in ("edits", "retired_codes")}
    tables: dict[str, pd.DataFrame] = {**none, **outcome.tables}
    if len(tables["findings"]):
        said = findings.in_language(outcome.tables["findings"], language)
        tables["findings"] = pd.DataFrame(said).assign(district_code=outcome.code)
    words = tables["ea_descriptions"]
    code = pd.Series([outcome.code] * len(words), dtype=object)
    tables["ea_descriptions"] = words.assign(district_code=code)
    return {name: _layer(tables[name], name, crs) for name in OF_DISTRICT}


def _layer(table: pd.DataFrame, name: str, crs: object) -> pd.DataFrame:
    """One layer, conformed once; without rows it is the empty one."""
    if name in CONFORMED:
        return table
    return conform(table, name, crs=crs) if len(table) else empty(name, crs)


class _Clock:
    """Adds the seconds of a `with` block to a table."""

    def __init__(self, seconds: dict[str, float], step: str) -> None:
        self._seconds, self._step = seconds, step

    def __enter__(self) -> None:
        self._begin = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._seconds[self._step] = time.perf_counter() - self._begin


def _seed(district: District) -> int:
    """Seed of one district, the same in any order of work (house rule: SHA-256 of seed and code)."""
    text = f"{district.seed}:{district.id}".encode()
    return int(np.frombuffer(hashlib.sha256(text).digest()[:4], "<u4")[0])


def _coded(found: gpd.GeoDataFrame, codes: tuple[str, ...]) -> gpd.GeoDataFrame:
    """Findings of partitioning name areas by number; a reader needs their codes."""
    if not len(found):
        return found
    named = (found["layer"] == "enumeration_areas") & found["row_key"].str.fullmatch(r"[0-9]+")
    keys = [codes[int(key)] if is_area else key
            for key, is_area in zip(found["row_key"], named, strict=True)]  # fmt: skip
    return found.assign(row_key=keys)


def _gathered(*frames: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Findings of several steps as one table, each case once."""
    if not any(len(frame) for frame in frames):
        return findings.frame((), frames[0].crs)
    rows = [
        dict(zip(findings.COLUMNS, values, strict=True))
        for frame in frames if len(frame)
        for values in zip(*(pd.DataFrame(frame)[name] for name in findings.COLUMNS), strict=True)
    ]  # fmt: skip
    seen: dict[tuple[object, ...], dict[str, object]] = {}
    for row in rows:
        seen.setdefault((row["code"], row["layer"], row["row_key"], row["message_en"]), row)
    return findings.frame(seen.values(), frames[0].crs)
