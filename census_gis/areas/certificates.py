"""What partitioning said of a plan, after people changed it by hand: kept where it is true still.

What is said of an EA (why it is outside the band, why it lies in pieces) is about its people and the ground
around; it holds as long as the EA is the one it was said of. A proof is of a whole plan, and of no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.findings import Kind, frame
from census_gis.language import LANGUAGES, Text
from census_gis.model import Plan
from census_gis.partitioning.blocks import MADE
from census_gis.partitioning.misfits import NUMBER
from census_gis.partitioning.proven import NEAR, OPTIMAL

__all__ = ["still_true", "told_before"]

# Codes of partitioning begin so.
OURS = "S1"
OF_AREAS = "enumeration_areas"

NO_MORE_PROVEN = Kind(
    "S132", "note",
    Text("The division of district {code} was proven ({proof}), then changed by hand: the proof is not of the plan as it is now.",
         "普查区 {code} 的划分曾经证明（{proof}），其后经手工修改：该证明不适用于现方案。"),
    Text("nothing to do; compare the two plans term by term: census-gis compare.",
         "无需处理；可用 census-gis compare 逐项对比两个方案。"),
)  # fmt: skip

ACROSS = Kind(
    "S133", "note",
    Text("District {code} was divided into blocks; by edits {count} of its EAs now lie in more than one (column block: where most "
         "of their persons are).", "普查区 {code} 曾先划块；经编辑后有 {count} 个小区跨块（block 字段为其多数人口所在的块）。"),
    Text("accept it, or leave out the edit.", "接受，或去掉该编辑。"),
)  # fmt: skip


def still_true(plan: Plan, label: NDArray[np.integer]) -> gpd.GeoDataFrame:
    """Findings of a plan that hold of the same district with other labels.

    Parameters
    ----------
    plan : Plan
        Its findings name areas by number.
    label : int, shape (n,)
        Area of each atom now.

    Returns
    -------
    table FINDINGS
        Areas by their numbers in `label`.
    """
    same = _untouched(plan.label, label)
    if len(same) == len(plan) == len(np.unique(label)):
        return frame(_renamed(plan.findings, same), plan.fabric.district.crs)
    rows = []
    for row in _renamed(plan.findings, same):
        if row["code"] in (OPTIMAL.code, NEAR.code):
            code = plan.fabric.district.id
            row = NO_MORE_PROVEN.at(row["layer"], code, row["geometry"], code=code, proof=row["code"])  # fmt: skip
        across = _across(plan, label) if row["code"] == MADE.code else 0
        if across:
            code = plan.fabric.district.id
            row = ACROSS.at(row["layer"], code, row["geometry"], code=code, count=across)
        if row["code"] != NUMBER.code or len(plan) == len(np.unique(label)):
            rows.append(row)
    return frame(rows, plan.fabric.district.crs)


def told_before(plan: Plan, stored: pd.DataFrame) -> gpd.GeoDataFrame:
    """What partitioning said of a stored plan, with areas by their numbers in the same plan read again.

    Parameters
    ----------
    plan : Plan
        With the codes of the stored one.
    stored : layer `findings`
        In one language, which stands for both.
    """
    number = {code: str(area) for area, code in enumerate(plan.codes)}
    mine = stored["district_code"] == plan.fabric.district.id
    rows = []
    for row in stored[mine & stored["code"].str.startswith(OURS)].to_dict("records"):
        said = {f"{name}_{half}": row[name] for name in ("message", "fix") for half in LANGUAGES}
        rows.append({**row, **said})
    return frame(_renamed(pd.DataFrame(rows), number), plan.fabric.district.crs)


def _across(plan: Plan, label: NDArray[np.integer]) -> int:
    """Areas with atoms in more than one block of the district; what has no place is in none."""
    if "block" not in plan.fabric.atoms:
        return 0
    block = plan.fabric.atoms["block"].to_numpy(np.int64)
    held = np.unique(np.column_stack([label, block])[block > 0], axis=0)
    return int((np.bincount(held[:, 0]) > 1).sum())


def _untouched(before: NDArray[np.integer], after: NDArray[np.integer]) -> dict[str, str]:
    """Areas that hold the same atoms as before: old number to new one, as findings name them."""
    pairs, size = np.unique(np.column_stack([before, after]), axis=0, return_counts=True)
    old, new = np.bincount(before), np.bincount(after)
    whole = (size == old[pairs[:, 0]]) & (size == new[pairs[:, 1]])
    return {str(one): str(two) for one, two in pairs[whole].tolist()}


def _renamed(found: pd.DataFrame, names: Mapping[str, str]) -> Iterable[dict[str, Any]]:
    """Findings with areas called otherwise; those of areas without a name are left out."""
    for row in found.to_dict("records"):
        if row["layer"] != OF_AREAS:
            yield row
        elif row["row_key"] in names:
            yield {**row, "row_key": names[row["row_key"]]}
