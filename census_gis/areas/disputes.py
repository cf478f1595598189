"""What a dispute about a line means for the plan: which districts and EAs it touches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd

from census_gis.findings import Kind
from census_gis.language import Text

__all__ = ["CODES", "TOUCH_M", "dispute_cases"]

TOUCH_M = 2.0  # a line drawn by hand over ours lies this close
SHOWN_EAS = 6
WORDS = {"open": Text("open", "有争议"), "negotiating": Text("being negotiated", "协商中")}

AT_LINE = Kind(
    "D401", "warning",
    Text("dispute {id} ({parties}) is {state}: it touches the line between districts {districts}; EAs {eas}.",
         "界线争议 {id}（{parties}，{state_zh}）：涉及普查区 {districts_zh} 之间的界线；普查小区 {eas_zh}。"),
    Text("settle it with both committees before the plan is approved, and write the decision down.",
         "请在批准前与双方居（村）委会协商确认，并登记处理结果。"),
)  # fmt: skip
AT_EDGE = Kind(
    "D402", "warning",
    Text("dispute {id} ({parties}) is {state}: it touches the outer line of district {districts}; EAs {eas}.",
         "界线争议 {id}（{parties}，{state_zh}）：涉及普查区 {districts_zh} 的外部界线；普查小区 {eas_zh}。"),
    Text("settle it with the neighbouring office before the plan is approved, and write the decision down.",
         "请在批准前与相邻地区协商确认，并登记处理结果。"),
)  # fmt: skip
NOWHERE = Kind(
    "D403", "note",
    Text("dispute {id} ({parties}) touches no district line.", "争议 {id}（{parties}）不涉及任何普查区界线。"),
    Text("check where it was drawn.", "请核对其绘制位置。"),
)  # fmt: skip
UNDECIDED = Kind(
    "D404", "note",
    Text("dispute {id} ({parties}) is settled, but its {what} is not written down.",
         "争议 {id}（{parties}）已确认，但未登记{what_zh}。"),
    Text("add it to the register of disputes.", "请在争议登记中补填。"),
)  # fmt: skip
CODES = tuple(kind.code for kind in (AT_LINE, AT_EDGE, NOWHERE, UNDECIDED))
LACKING = {"decision": Text("decision", "处理结果"), "date": Text("date", "日期")}


def dispute_cases(tables: Mapping[str, gpd.GeoDataFrame]) -> list[dict[str, Any]]:
    """Findings about the disputes of a plan.

    Parameters
    ----------
    tables
        Layers `disputes`, `districts` and `enumeration_areas`.

    Returns
    -------
    Cases for `census_gis.findings.frame`, in the order of disputes.
    """
    disputes = tables["disputes"]
    if not len(disputes):
        return []
    near_districts = _near(disputes, tables["districts"], "district_code")
    near_areas = _near(disputes, tables["enumeration_areas"], "ea_code")
    edges = tables["districts"].assign(geometry=tables["districts"].geometry.boundary)
    at_edge = _near(disputes, edges, "district_code")
    cases: list[dict[str, Any]] = []
    for row in disputes.itertuples():
        words = {"id": row.dispute_id, "parties": _said(row.parties)}
        if row.state == "settled":
            cases += [UNDECIDED.at("disputes", row.dispute_id, row.geometry, what=text.en, what_zh=text.zh, **words)
                      for name, text in LACKING.items() if not _said(getattr(row, name), "")]  # fmt: skip
            continue
        touched = near_districts[row.dispute_id] if at_edge[row.dispute_id] else []
        if not touched:
            cases.append(NOWHERE.at("disputes", row.dispute_id, row.geometry, **words))
            continue
        kind = AT_LINE if len(touched) > 1 else AT_EDGE
        said, state = near_areas[row.dispute_id], WORDS[row.state]
        cases.append(kind.at(
            "disputes", row.dispute_id, row.geometry, state=state.en, state_zh=state.zh,
            districts=" and ".join(touched), districts_zh="、".join(touched),
            eas=_listed(said, ", ", " and {n} more"), eas_zh=_listed(said, "、", " 等，另有 {n} 个"), **words,
        ))  # fmt: skip
    return cases


def _near(disputes: gpd.GeoDataFrame, other: gpd.GeoDataFrame, key: str) -> dict[str, list[str]]:
    """Codes of the shapes within `TOUCH_M` of each dispute, in order."""
    solid = other[other.geometry.notna()]
    shapes = disputes.geometry.to_numpy()
    mine, theirs = solid.sindex.query(shapes, predicate="dwithin", distance=TOUCH_M)
    codes = solid[key].to_numpy(object)
    names = disputes["dispute_id"].to_numpy(object)
    return {
        name: sorted(set(codes[theirs[mine == nth]].tolist())) for nth, name in enumerate(names)
    }


def _said(text: object, otherwise: str = "—") -> str:
    return otherwise if text is None or pd.isna(text) or not str(text).strip() else str(text)


def _listed(codes: list[str], comma: str, more: str) -> str:
    rest = len(codes) - SHOWN_EAS
    return comma.join(codes[:SHOWN_EAS]) + (more.format(n=rest) if rest > 0 else "")
