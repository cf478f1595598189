"""Weights of a profile that no search can follow: said, never passed over in silence."""

from __future__ import annotations

from typing import Any

from census_gis.findings import Kind
from census_gis.language import Text
from census_gis.profile import Profile

__all__ = ["REPORTED_ONLY", "check_weights"]

# Measured from the finished plan: nothing in the graph of neighbours tells them before.
REPORTED_ONLY = ("weights.building", "weights.effort")

REPORTED = Kind(
    "S131", "note",
    Text("{key} = {value:g} counts in the cost that reports show and compare; the search does not look for plans with less of it.",
         "{key} = {value:g} 计入报告和对比中的代价，但搜索方案时不以减少该项为目标。"),
    Text("nothing to do where that is meant; whether buildings are divided is set by ea.split_building.",
         "如有意如此，无需处理；是否拆分建筑物由 ea.split_building 决定。"),
)  # fmt: skip


def check_weights(profile: Profile) -> list[dict[str, Any]]:
    """One note for each weight the profile sets that is reported only."""
    values = {key: float(profile[key]) for key in REPORTED_ONLY if key in profile.rules}
    return [
        REPORTED.at("settings", key, key=key, value=value) for key, value in values.items() if value
    ]
