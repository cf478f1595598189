"""Key figures of a plan, from its tables."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from census_gis.areas.excuses import excuses
from census_gis.areas.strata import Bands
from census_gis.profile import Profile

__all__ = ["measures"]

NEAR = (10, 15, 20)  # per cent around the target


def measures(
    areas: gpd.GeoDataFrame, lines: gpd.GeoDataFrame, parts: gpd.GeoDataFrame, profile: Profile, *,
    districts: pd.DataFrame | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Measure a plan: counts, sizes, shape, and what its lines follow.

    Sizes are of EAs with persons, virtual ones left out; a figure without anything to measure is None. With
    layer `districts`, each is measured by the target and band of its own stratum; target and band are those of
    what decides (`ea.primary`).

    Returns
    -------
    dict
        `eas`, `ground`, `stacked`, `virtual` [EAs]; `persons`, `mean`, `min`, `max` [persons], `cv`
        (standard deviation / mean); `in_10pct`, `in_15pct`, `in_20pct` (share of EAs within that of the
        target), `in_band`, `in_band_or_excused`, `in_wide_band` (shares of EAs), `persons_in_band`,
        `persons_in_band_or_excused` (shares of persons), `excused_big`, `excused_few` [EAs];
        `buildings`, `buildings_split`; `compactness` (mean Polsby-Popper of ground EAs, 1 = circle);
        `inner_line_km`, `follows` (share of the length between EAs by what it follows) and
        `follows_share` (on anything but open ground).
    """
    kind = areas["kind"]
    counts = {name: int((kind == name).sum()) for name in ("ground", "stacked", "virtual")}
    spread = parts.groupby("building_id")["ea_code"].nunique()
    return {
        "eas": len(areas),
        **counts,
        "persons": int(areas["persons"].sum()),
        **_sizes(areas, parts, Bands(profile, districts)),
        "buildings": int((spread.index.astype(str) != "").sum()),
        "buildings_split": int((spread[spread.index.astype(str) != ""] > 1).sum()),
        "compactness": _compactness(areas[kind == "ground"]),
        **_follows(lines),
    }


def _sizes(areas: gpd.GeoDataFrame, parts: gpd.GeoDataFrame, bands: Bands) -> dict[str, Any]:
    shared = bands.shared(areas["district_code"])
    table = pd.concat([excuses(areas[mine], parts, rules) for rules, mine in shared])
    main = str(bands.of("")["ea.primary"])
    persons, load = table["persons"].to_numpy(float), table["load"].to_numpy(float)
    target, wide_low, wide_high = (
        bands.values(f"ea.{name}", table["district_code"])
        for name in (f"{main}.target", "persons.wide_low", "persons.wide_high")
    )
    within = table["within"].to_numpy(bool)
    excused = within | table["big"].to_numpy(bool) | table["few"].to_numpy(bool)

    def share(which: Any, weight: Any = None) -> float | None:
        if not persons.size:
            return None
        return round(float(np.average(which, weights=weight)), 4)

    near = {f"in_{p}pct": share(np.abs(load - target) <= target * p / 100) for p in NEAR}
    some = bool(persons.size)
    return {
        "mean": round(float(persons.mean()), 2) if some else 0.0,
        "min": int(persons.min()) if some else 0,
        "max": int(persons.max()) if some else 0,
        "cv": round(float(persons.std() / persons.mean()), 4) if some else None,
        **near,
        "in_band": share(within),
        "in_band_or_excused": share(excused),
        "in_wide_band": share((persons >= wide_low) & (persons <= wide_high)),
        "persons_in_band": share(within, persons),
        "persons_in_band_or_excused": share(excused, persons),
        "excused_big": int((table["big"] & ~table["within"]).sum()),
        "excused_few": int((table["few"] & ~table["within"]).sum()),
    }


def _compactness(ground: gpd.GeoDataFrame) -> float:
    shapes = ground.geometry.to_numpy()
    round_ = 4 * np.pi * shapely.area(shapes) / np.maximum(shapely.length(shapes), 1e-9) ** 2
    return round(float(np.mean(round_)), 4) if len(ground) else 0.0


def _follows(lines: pd.DataFrame) -> dict[str, Any]:
    inner = lines[lines["follows"] != "district"]
    metres = inner.groupby("follows")["length_m"].sum().sort_index()
    total = float(metres.sum())
    shares = {str(name): round(float(m) / total, 4) for name, m in metres.items()} if total else {}
    return {
        "inner_line_km": round(total / 1000, 3),
        "follows": shares,
        "follows_share": round(1 - shares.get("none", 0.0), 4) if total else None,
    }
