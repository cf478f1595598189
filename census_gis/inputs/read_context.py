"""What stands around: lines and areas an EA line may follow, landmarks, staff."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.inputs.columns import as_text, known_words, map_values, numbers, text_column
from census_gis.inputs.layers import Cases, Ground, canonical, clip, read_layers, read_table
from census_gis.inputs.repair import Wanted
from census_gis.inputs.sources import Source
from census_gis.tables import conform

__all__ = ["BARRIER_KEYS", "KEPT_TOGETHER", "read_barriers", "read_places", "read_staff"]

BARRIER_KEYS = (
    "roads", "railways", "water", "waterways", "landuse", "compounds", "grids", "barriers", "links",
)  # fmt: skip
AREAS = frozenset({"landuse", "compounds", "grids"})
KEPT_TOGETHER = frozenset({"compounds", "grids"})
NOT_TUNNEL = frozenset({"no", "0", "false", "f", "否", "非", "n"})
COLUMNS = ("class", "name", "tunnel", "hold")
HOLDS = {
    "must": "must", "never": "never", "必须": "must", "保持": "must", "不得": "never", "禁止": "never",
}  # fmt: skip


def read_barriers(
    key: str,
    sources: Source | Sequence[Source],
    *,
    ground: Ground,
    around: Any,
    mode_of_groups: str = "prefer",
) -> tuple[gpd.GeoDataFrame, Cases]:
    """One input of table BARRIERS, clipped to `around`, in an order of its own.

    `mode_of_groups` holds for compounds and grids that do not say theirs (rule `ea.compounds`).

    Raises
    ------
    InputError
        A word in column `hold` that is none of ours; or as `read_layer`.
    """
    wanted: Wanted = "area" if key in AREAS else "line or area"
    frame, cases = read_layers(key, sources, COLUMNS, ground=ground, wanted=wanted)
    listed = [sources] if isinstance(sources, Source) else list(sources)
    frame = frame.assign(source=key, **{"class": _classes(frame, listed)})
    frame["name"] = text_column(frame, "name")
    under = text_column(frame, "tunnel")
    frame["tunnel"] = [text is not None and text.lower() not in NOT_TUNNEL for text in under]
    place = frame["_source"].to_numpy()
    hold = np.array([source.hold for source in listed], dtype=object)[place]
    said = known_words(frame, "hold", HOLDS, where=key)
    hold = np.where(pd.isna(said), hold, said)
    if key == "barriers":
        hold = np.where(pd.isna(hold), "must", hold)
    frame["hold"] = hold
    mode = np.array([source.mode for source in listed], dtype=object)[place]
    if key in KEPT_TOGETHER:
        mode = np.where(pd.isna(mode), mode_of_groups, mode)
    frame["mode"] = mode
    frame = clip(frame.drop(columns=["_row", "_key", "_source"]), around)
    return conform(canonical(frame, ["class", "name"]), "BARRIERS"), cases


def read_places(
    sources: Source | Sequence[Source], *, ground: Ground, around: Any
) -> tuple[gpd.GeoDataFrame, Cases]:
    """Table PLACES: landmarks within `around`."""
    frame, cases = read_layers("places", sources, ("name", "class"), ground=ground, wanted="any")
    listed = [sources] if isinstance(sources, Source) else list(sources)
    frame = frame.assign(**{"class": _classes(frame, listed), "name": text_column(frame, "name")})
    frame = clip(frame.drop(columns=["_row", "_key", "_source"]), around)
    return conform(canonical(frame, ["class", "name"]), "PLACES"), cases


def read_staff(sources: Source | Sequence[Source]) -> tuple[pd.DataFrame, Cases]:
    """Table STAFF; home positions stay in columns `x` and `y` as given, where they are given."""
    words = ("staff_id", "role", "district_code", "display_name", "skills", "ea_codes")
    ours = (*words, "capacity", "x", "y")
    listed = [sources] if isinstance(sources, Source) else list(sources)
    read = [
        read_table("staff", one, ours, audience="people", names=("display_name",)) for one in listed
    ]
    frame = pd.concat([table for table, _ in read], ignore_index=True)
    cases = _all(read)
    for name in words:
        if name in frame:
            frame[name] = as_text(frame[name])
    for name in ("capacity", "x", "y"):
        if name in frame:
            least = 0 if name == "capacity" else -np.inf
            frame[name], told = numbers(frame, name, "measure", layer="staff", least=least)
            cases += told
    frame = conform(frame.drop(columns=["_row", "_key"]), "STAFF")
    return frame.sort_values("staff_id").reset_index(drop=True), cases


def _all(read: Sequence[tuple[Any, Cases]]) -> Cases:
    return [case for _, cases in read for case in cases]


def _classes(frame: pd.DataFrame, sources: Sequence[Source]) -> NDArray[Any]:
    """Their classes, renamed where class_values = {…} says so."""
    out = np.full(len(frame), None, dtype=object)
    if "class" not in frame:
        return out
    for number, source in enumerate(sources):
        rows = np.flatnonzero(frame["_source"] == number)
        out[rows], _ = map_values(frame["class"].iloc[rows], source.values.get("class", {}))
    return out
