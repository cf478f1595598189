"""The dispute register: stretches of line or ground that two offices do not agree about, and where talks stand."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from census_gis.errors import InputError
from census_gis.findings import Kind
from census_gis.inputs.columns import text_column
from census_gis.inputs.layers import Cases, Ground, canonical, read_layers
from census_gis.inputs.sources import Source
from census_gis.language import Text
from census_gis.profile import nearest
from census_gis.tables import TABLES, conform

__all__ = ["STATES", "read_disputes"]

STATES: dict[str, Text] = {
    "open": Text("open", "有争议"),
    "negotiating": Text("negotiating", "协商中"),
    "settled": Text("settled", "已确认"),
}
WORDS = {
    **{said: name for name, text in STATES.items() for said in (name, text.zh)},
    "争议": "open", "未解决": "open", "待协商": "open", "协商": "negotiating", "正在协商": "negotiating",
    "确认": "settled", "已解决": "settled", "已协商": "settled",
}  # fmt: skip
STATELESS = Kind(
    "D411", "warning",
    Text("dispute {id} has no state and counts as open.", "争议 {id} 没有状态，按“有争议”处理。"),
    Text("write open, negotiating or settled.", "请填写 有争议、协商中 或 已确认。"),
)  # fmt: skip
NUMBERED = Kind(
    "D412", "note",
    Text("{n} disputes have no number; they were numbered from the north-west.", "{n} 处争议没有编号，已自西北起编号。"),
    Text("give each a number, so that talks can refer to it.", "请统一编号，便于协商时引用。"),
)  # fmt: skip
TEXTS = tuple(name for name in TABLES["DISPUTES"] if name != "geometry")


def read_disputes(
    sources: Source | Sequence[Source], *, ground: Ground
) -> tuple[gpd.GeoDataFrame, Cases]:
    """Table DISPUTES, ordered by number.

    States may be written in Chinese; without one a dispute is open.

    Raises
    ------
    InputError
        If a state is unknown or a number occurs twice; or as `read_layer`.
    """
    frame, cases = read_layers("disputes", sources, TEXTS, ground=ground, wanted="line or area")
    for name in TEXTS:
        frame[name] = text_column(frame, name)
    where = sources.label if isinstance(sources, Source) else sources[0].label
    frame = canonical(frame, ["dispute_id", "parties", "date"])
    told = _number(frame, where)
    frame["state"] = _states(frame, where)
    cases += told + [
        STATELESS.at("disputes", row.dispute_id, row.geometry, id=row.dispute_id)
        for row in frame[frame["state"].isna()].itertuples()
    ]
    frame["state"] = frame["state"].fillna("open")
    table = frame.sort_values("dispute_id", kind="stable", ignore_index=True)
    return conform(table[list(TABLES["DISPUTES"])], "DISPUTES"), cases


def _number(frame: gpd.GeoDataFrame, where: str) -> Cases:
    """A number for each dispute without one: D001 … from the north-west."""
    given = frame["dispute_id"]
    twice = sorted(set(given[given.notna() & given.duplicated(keep=False)]))
    if twice:
        raise InputError(
            Text(f"{len(twice)} numbers of disputes occur more than once.", f"{len(twice)} 个争议编号重复。"),
            where=where, rows=twice,
            fix=Text("give each dispute a number of its own.", "请为每处争议单独编号。"),
        )  # fmt: skip
    lacking = np.flatnonzero(given.isna())
    if not lacking.size:
        return []
    middle = frame.geometry.iloc[lacking].representative_point()
    order = lacking[np.lexsort((middle.x, -middle.y))]
    taken = set(given.dropna())
    free = (
        code for n in range(1, len(frame) + len(taken) + 1) if (code := f"D{n:03d}") not in taken
    )
    names = given.to_numpy(object).copy()
    names[order] = [next(free) for _ in order]
    frame["dispute_id"] = names
    return [NUMBERED.at("disputes", n=int(lacking.size))]


def _states(frame: pd.DataFrame, where: str) -> pd.Series:
    """State of each dispute by our names, None where nothing is written."""
    said = frame["state"]
    ours = said.map(lambda word: WORDS.get(str(word).lower()) if word else None)
    strange = frame[said.notna() & ours.isna()]
    if len(strange):
        word = str(strange["state"].iloc[0])
        near = WORDS[nearest(word.lower(), list(WORDS))]
        raise InputError(
            Text(f"'{word}' is no state of a dispute.", f"“{word}”不是争议状态。"),
            where=where, rows=strange["dispute_id"],
            fix=Text(f"write {', '.join(STATES)} (nearest: {near}).",
                     f"请填写 {'、'.join(text.zh for text in STATES.values())}（最接近：{STATES[near].zh}）。"),
        )  # fmt: skip
    return ours
