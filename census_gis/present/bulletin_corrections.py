"""Words for corrections: headings, kinds, states, and what became of EAs."""

from __future__ import annotations

import pandas as pd

from census_gis.field.corrections_sheets import CHANGES
from census_gis.language import Language, Text

__all__ = ["BANDS", "CORRECTION_HEADS", "KINDS", "SHEET_HEADS", "STATES", "shown"]

KINDS = {
    "new": Text("new", "新增"), "gone": Text("gone", "拆除"), "moved": Text("moved", "移位"),
    "counts": Text("counts", "人数变化"),
}  # fmt: skip
STATES = {
    "staged": Text("waits", "待审定"), "accepted": Text("accepted", "已采纳"), "refused": Text("refused", "不采纳"),
}  # fmt: skip
BANDS = {
    "below": Text("below the band", "低于下限"),
    "above": Text("above the band", "超出上限"),
    "": Text("", ""),
}
CORRECTION_HEADS = {
    "seq": Text("number", "编号"), "state": Text("state", "状态"), "kind": Text("change", "变动"),
    "building_id": Text("building", "建筑物标识"), "ea_code": Text("EA", "普查小区代码"), "district_code": Text("district", "普查区代码"),
    "persons_before": Text("persons before", "原人数（人）"), "persons": Text("persons found", "核实人数（人）"),
    "persons_away": Text("of them living elsewhere", "其中人户分离（人）"), "households": Text("households", "户数（户）"),
    "dwellings": Text("dwellings", "住房（套）"), "floors": Text("floors", "层数（层）"), "name": Text("name", "名称"),
    "address": Text("address", "地址"), "who": Text("found by", "核查人"), "when": Text("on", "核查日期"),
    "reference": Text("reference", "凭据"), "reason": Text("reason or remark", "原因或说明"),
    "decided_by": Text("decided by", "审定人"), "decided_on": Text("decided on", "审定时间"), "file": Text("file", "来源文件"),
}  # fmt: skip
SHEET_HEADS = {
    "ea_code": Text("EA", "普查小区代码"), "change": Text("what changed", "变动内容"),
    "persons_before": Text("persons before", "原人数（人）"), "persons": Text("persons now", "现人数（人）"),
    "was": Text("band before", "原规模"), "band": Text("band now", "现规模"),
}  # fmt: skip


def shown(table: pd.DataFrame, language: Language) -> pd.DataFrame:
    """A table with our keys as words."""
    out = table.copy()
    for name, words in (("kind", KINDS), ("state", STATES), ("band", BANDS), ("was", BANDS)):
        if name in out:
            out[name] = [words[key].of(language) if key in words else key for key in out[name]]
    if "change" in out:
        mark = "、" if language == "zh" else ", "
        out["change"] = [
            mark.join(CHANGES[key].of(language) for key in keys.split()) for keys in out["change"]
        ]
    return out
