"""The life of one census district, from validated input to the tables of its plan.

A pure function of a `District`: it may run in any process, in any order. What it makes is kept in a
folder of its own, named by the content it was made from, so that a later run need not make it again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
import traceback
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

import census_gis
from census_gis import __version__, findings
from census_gis.areas.audit import audit_tables
from census_gis.areas.codes import number
from census_gis.areas.tabulate import tabulate
from census_gis.errors import CensusGISError
from census_gis.fabric.build import build_fabric
from census_gis.language import Language, Text
from census_gis.model import District
from census_gis.partitioning.solve import partition

__all__ = ["Outcome", "digest", "keep", "kept", "run_district"]

TABLES = (
    "districts",
    "enumeration_areas",
    "dwelling_parts",
    "ea_lines",
    "ea_descriptions",
    "findings",
)


@dataclass(frozen=True)
class Outcome:
    """What became of one district: its tables, or the error that stopped it."""

    code: str
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    failure: Text | None = None
    error: CensusGISError | None = None
    trace: str = ""


def run_district(district: District, *, language: Language) -> Outcome:
    """Fabric, partition, areas and audit of one district; an error becomes part of the outcome."""
    seconds: dict[str, float] = {}
    try:
        with _Clock(seconds, "fabric"):
            fabric = build_fabric(district)
        with _Clock(seconds, "plan"):
            plan = partition(fabric, seed=_seed(district))
        with _Clock(seconds, "areas"):
            numbered = number(plan)
            tables = tabulate(numbered, language=language)
            audited = audit_tables(
                tables["districts"], tables["enumeration_areas"], tables["dwelling_parts"],
                tables["ea_lines"], district.profile,
            )  # fmt: skip
            found = _gathered(fabric.findings, _coded(plan.findings, numbered.codes), audited)
    except CensusGISError as error:
        said = Text(error.say("en"), error.say("zh"))
        return Outcome(district.id, failure=said, error=error)
    except MemoryError:
        return Outcome(district.id, failure=Text("memory ran out", "内存不足"))
    except Exception as error:  # a defect of ours: the other districts go on, this one is named
        what = f"{type(error).__name__}: {error}"
        said = Text(f"internal error: {what}", f"内部错误：{what}")
        return Outcome(district.id, failure=said, trace=traceback.format_exc())
    return Outcome(district.id, {**tables, "findings": found}, seconds)


def digest(district: District, language: Language) -> str:
    """SHA-256 of everything the outcome depends on: data, rules, seed, language and our own code."""
    state = hashlib.sha256()
    rules = sorted((key, str(rule.value)) for key, rule in district.profile.rules.items())
    head = [_code(), language, district.id, district.name, district.crs.to_wkt(), rules,
            district.persons, district.persons_away, district.households, district.seed]  # fmt: skip
    state.update(json.dumps(head, ensure_ascii=False, default=str).encode())
    state.update(shapely.to_wkb(district.boundary))
    for frame, key in ((district.buildings, "building_id"), (district.barriers, None)):
        state.update(_frame_bytes(frame, key))
    return state.hexdigest()


@lru_cache(maxsize=1)
def _code() -> str:
    """SHA-256 of the program's own text: what an older version planned is planned anew."""
    state = hashlib.sha256(__version__.encode())
    package = Path(census_gis.__file__).parent
    for file in sorted(package.rglob("*.py")):
        state.update(file.relative_to(package).as_posix().encode() + file.read_bytes())
    return state.hexdigest()


def _frame_bytes(frame: gpd.GeoDataFrame, key: str | None) -> bytes:
    """Content of a frame, its rows in an order of their own."""
    shapes = shapely.to_wkb(frame.geometry.to_numpy(), hex=True)
    plain = pd.DataFrame(frame.drop(columns="geometry"))
    rows = plain.astype(object).where(plain.notna(), None).to_numpy().tolist()
    lines = [json.dumps([*row, shape], ensure_ascii=False, default=str)
             for row, shape in zip(rows, shapes, strict=True)]  # fmt: skip
    return ("\n".join(sorted(lines)) + (key or "")).encode()


def keep(outcome: Outcome, folder: Path, *, crs: object) -> None:
    """Write an outcome beside its final place and rename it there, whole or not at all."""
    scratch = folder.with_name(f"{folder.name}.writing-{os.getpid()}")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    for name, frame in outcome.tables.items():
        target = scratch / f"{name}.parquet"
        if "geometry" in frame:
            gpd.GeoDataFrame(frame, geometry="geometry", crs=crs).to_parquet(target)
        else:
            frame.to_parquet(target)
    (scratch / "seconds.json").write_text(json.dumps(outcome.seconds), encoding="utf-8")
    for old in folder.parent.glob(f"{outcome.code}-*"):  # what it was planned from is no more
        if old != scratch and ".writing-" not in old.name:
            shutil.rmtree(old, ignore_errors=True)
    scratch.rename(folder)


def kept(code: str, folder: Path) -> Outcome | None:
    """The outcome kept in a folder, None where there is none."""
    if not (folder / "seconds.json").is_file():
        return None
    tables: dict[str, pd.DataFrame] = {}
    for name in TABLES:
        file = folder / f"{name}.parquet"
        shaped = name != "ea_descriptions"
        tables[name] = gpd.read_parquet(file) if shaped else pd.read_parquet(file)
    return Outcome(code, tables, json.loads((folder / "seconds.json").read_text(encoding="utf-8")))


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
    named = (found["layer"] == "enumeration_areas") & found["row_key"].str.fullmatch(r"[0-9]+")
    keys = [codes[int(key)] if is_area else key
            for key, is_area in zip(found["row_key"], named, strict=True)]  # fmt: skip
    return found.assign(row_key=keys)


def _gathered(*frames: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Findings of several steps as one table, each case once."""
    rows = [row for frame in frames for row in frame.to_dict("records")]
    seen: dict[tuple[object, ...], dict[str, object]] = {}
    for row in rows:
        seen.setdefault((row["code"], row["layer"], row["row_key"], row["message_en"]), row)
    return findings.frame(seen.values(), frames[0].crs)
