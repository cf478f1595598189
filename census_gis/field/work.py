"""The work of every EA of a plan: rounds, minutes and the order of visits.

Districts are walked in batches that share nothing, so that batches may go to several processes; what comes
back is put together in the order of codes, whichever batch was done first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census_gis.field.minutes import minutes_of
from census_gis.field.walking import Walks, walks_of
from census_gis.profile import Profile

__all__ = [
    "AROUND_M",
    "Batch",
    "Near",
    "Work",
    "batches",
    "unwalked",
    "walked",
    "work_from",
]

AROUND_M = 200.0  # how far around a district a plan holds streets
CONTEXT = ("context_lines", "context_areas")
# EAs of a batch, about two seconds of work: less would be spent on sending, more leaves a process idle at the end.
BATCH_EAS = 200
TEXTS = ("part_id", "building_id", "ea_code", "district_code", "source", "class")
# With the texts, all columns that walks are made from.
OTHERS = ("unit", "floor_lo", "doors", "persons", "building_number", "geometry")


@dataclass(frozen=True)
class Work:
    """Work of EAs.

    Attributes
    ----------
    areas : DataFrame indexed by ea_code, ordered
        `walk_m` and `access_m` [m, NaN without doors], `by` (see `Tour`), and the columns of
        `census_gis.field.minutes.minutes_of` [min].
    visits : Series indexed by part_id
        Place of each dwelling part in the round of its EA, from 1.
    """

    areas: pd.DataFrame
    visits: pd.Series


@dataclass(frozen=True)
class Batch:
    """Districts walked one after the other, with all that takes; it can be sent to another process.

    Attributes
    ----------
    tables
        Rows of `dwelling_parts`, `context_lines` and `context_areas` of all of them and around them.
    codes
        EAs of each district.
    rows
        Its row numbers in each of the tables.
    profile, seed
        Of the plan.
    """

    tables: Mapping[str, pd.DataFrame]
    codes: tuple[NDArray[np.object_], ...]
    rows: tuple[Mapping[str, NDArray[np.int64]], ...]
    profile: Profile
    seed: int


class Near:
    """Lines and areas of a plan, to be asked for those around a district."""

    def __init__(self, layers: Mapping[str, pd.DataFrame]) -> None:
        self._layers = layers
        self._trees = {
            name: shapely.STRtree(frame.geometry.to_numpy()) for name, frame in layers.items()
        }

    def around(self, *held: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """Rows of each layer that reach into the neighbourhood of some shapes, in their order."""
        bounds = [shapely.bounds(frame.geometry.to_numpy()) for frame in held]
        rows = self.rows(np.concatenate(bounds))
        return {name: frame.iloc[rows[name]] for name, frame in self._layers.items()}

    def rows(self, bounds: NDArray[np.float64]) -> dict[str, NDArray[np.int64]]:
        """Their row numbers, from bounds (n, 4) of the shapes [m]; NaN where there is none."""
        known = bounds[np.isfinite(bounds).all(axis=1)]
        if not len(known):
            return {name: np.empty(0, dtype=np.int64) for name in self._layers}
        low, high = known[:, :2].min(axis=0) - AROUND_M, known[:, 2:].max(axis=0) + AROUND_M
        around = shapely.box(*low, *high)
        return {name: np.sort(tree.query(around)) for name, tree in self._trees.items()}


def batches(tables: Mapping[str, pd.DataFrame], profile: Profile, *, seed: int) -> Iterator[Batch]:
    """The districts of a plan in the order of their codes, some at a time.

    Parameters
    ----------
    tables
        The plan's layers `enumeration_areas` (with a row at least), `dwelling_parts`, `context_lines`, `context_areas`.
    profile
        Rules `work.*`.
    seed
        Of the plan.
    """
    areas, parts = tables["enumeration_areas"], _plain(tables["dwelling_parts"])
    layers = {name: _plain(tables[name]) for name in CONTEXT}
    near = Near(layers)
    codes = areas["ea_code"].to_numpy(object)
    of_areas, of_parts = _rows(areas), _rows(parts)
    bounds = [shapely.bounds(frame.geometry.to_numpy()) for frame in (areas, parts)]
    none = np.empty(0, dtype=np.int64)
    waiting: list[tuple[NDArray[np.object_], dict[str, NDArray[np.int64]]]] = []
    for district in sorted(of_areas):
        mine, own = of_areas[district], of_parts.get(district, none)
        rows = near.rows(np.concatenate([bounds[0][mine], bounds[1][own]]))
        waiting.append((codes[mine], {"dwelling_parts": own, **rows}))
        if sum(len(held) for held, _ in waiting) >= BATCH_EAS:
            yield _batch({"dwelling_parts": parts, **layers}, waiting, profile, seed)
            waiting = []
    if waiting:
        yield _batch({"dwelling_parts": parts, **layers}, waiting, profile, seed)


def walked(batch: Batch) -> Walks:
    """The walks of a batch."""
    done = []
    for codes, rows in zip(batch.codes, batch.rows, strict=True):
        held = {name: frame.iloc[rows[name]] for name, frame in batch.tables.items()}
        done.append(walks_of(held, codes, profile=batch.profile, seed=batch.seed))
    return _joined(done)


def unwalked(batch: Batch) -> Walks:
    """What is known of a batch nobody could walk: nothing; its EAs have `by` 'unknown'."""
    codes = pd.Index(np.concatenate(batch.codes), name="ea_code")
    areas = pd.DataFrame({"walk_m": np.nan, "access_m": np.nan, "by": "unknown"}, index=codes)
    none = pd.Index([], dtype=object, name="part_id")
    return Walks(areas, pd.Series([], index=none, dtype="int64", name="visit"))


def work_from(
    done: Iterable[Walks], tables: Mapping[str, pd.DataFrame], profile: Profile, *, seed: int,
    factors: pd.DataFrame | None = None,
) -> Work:  # fmt: skip
    """Work from the walks of all batches, in any order.

    Parameters
    ----------
    done
        What `walked` made of each batch.
    tables, profile, seed
        As of `batches`.
    factors
        What a pilot says (`census_gis.field.work_pilot`).
    """
    walks = _joined(list(done))
    minutes = minutes_of(
        tables["enumeration_areas"], tables["dwelling_parts"], walks.areas, profile=profile,
        seed=seed, factors=factors,
    )  # fmt: skip
    return Work(walks.areas.join(minutes), walks.visits)


def _joined(done: list[Walks]) -> Walks:
    areas = pd.concat([walks.areas for walks in done]).sort_index()
    return Walks(areas, pd.concat([walks.visits for walks in done]).sort_index())


def _batch(
    tables: Mapping[str, pd.DataFrame],
    districts: list[tuple[NDArray[np.object_], dict[str, NDArray[np.int64]]]],
    profile: Profile, seed: int,
) -> Batch:  # fmt: skip
    """Only the rows that the districts of a batch ask for, and their numbers among these."""
    kept = {
        name: np.unique(np.concatenate([rows[name] for _, rows in districts])) for name in tables
    }
    return Batch(
        {name: frame.iloc[kept[name]] for name, frame in tables.items()},
        tuple(codes for codes, _ in districts),
        tuple(
            {name: np.searchsorted(kept[name], row) for name, row in rows.items()}
            for _, rows in districts
        ),
        profile, seed,
    )  # fmt: skip


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns that walks are made from, texts as objects: they are taken apart district by district."""
    texts = [name for name in TEXTS if name in frame]
    asked = [*texts, *(name for name in OTHERS if name in frame)]
    return frame[asked].astype(dict.fromkeys(texts, object))


def _rows(frame: pd.DataFrame) -> dict[str, NDArray[np.int64]]:
    """Row numbers of each district."""
    rows = frame.reset_index(drop=True).groupby("district_code").indices
    return {str(code): np.asarray(row, dtype=np.int64) for code, row in rows.items()}
