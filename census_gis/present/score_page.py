"""The terms of a plan as a page and a machine show them: for the plan, for each district, and the worst EAs of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from census_gis.areas.score import TERMS, Score
from census_gis.language import Language, Text, counted

__all__ = ["SCORE_WORDS", "score_record", "score_rows", "scores_of_districts", "unit_in_brackets"]

SCORE_WORDS: dict[str, Text] = {
    "score": Text("What the plan costs, term by term", "方案得分：逐项指标"),
    "score_note": Text(
        "Cost is in metres of EA line across open ground: what one would give up to be rid of it. A line between two EAs "
        "counts half for each. Terms without a weight are reported only.",
        "“代价”折算为穿越空旷地的界线长度（米），越小越好。两个小区之间的界线各计一半。没有权重的指标仅供参考。"),
    "term": Text("term", "指标"), "amount": Text("value", "数值"), "weight": Text("weight", "权重"),
    "cost": Text("cost [m]", "代价（米）"), "worst": Text("EAs with most of it", "数值最大的小区"),
    "score_districts": Text("Terms of each district", "各普查区指标"),
    "unknown": Text("not known", "未知"),
}  # fmt: skip
WORST = 5


def score_rows(score: Score, language: Language, noun: str) -> list[dict[str, Any]]:
    """One row a term: its name, value with unit, weight, cost, meaning and the worst EAs."""
    table = score.plan()
    rows = []
    for name, term in TERMS.items():
        value, cost, weight = (table.at[name, column] for column in ("value", "cost", "weight"))
        worst = score.worst(name, WORST)
        rows.append({
            "title": counted(term.title, noun).of(language), "meaning": counted(term.meaning, noun).of(language),
            "value": _amount(value, name, language, noun),
            "weight": "–" if pd.isna(weight) else f"{weight:g}",
            "cost": "–" if pd.isna(cost) or not weight else f"{cost:,.0f}",
            "worst": [(row.ea_code, f"{getattr(row, name):,.0f}") for row in worst.itertuples()],
        })  # fmt: skip
    return rows


def scores_of_districts(score: Score, language: Language, noun: str) -> dict[str, Any]:
    """Heads and rows of the table of districts; terms that nothing in the plan has are left out."""
    table = score.districts()
    shown = [name for name in TERMS if table[name].fillna(0).any()]
    heads = [
        f"{counted(TERMS[name].title, noun).of(language)}{unit_in_brackets(name, language, noun)}"
        for name in shown
    ]
    rows = [
        [str(code), *("–" if pd.isna(row[name]) else f"{row[name]:,.0f}" for name in shown), f"{row['cost']:,.0f}"]
        for code, row in table.iterrows()
    ]  # fmt: skip
    return {"heads": heads, "rows": rows}


def score_record(score: Score) -> Mapping[str, Any]:
    """Terms for machines: of the plan, with unit, weight and cost, and of each EA by code; null where not known."""
    table = score.plan()
    plan = {
        name: {**{column: _plain(table.at[name, column]) for column in ("value", "weight", "cost")},
               "unit": term.unit.en or "count"}
        for name, term in TERMS.items()
    }  # fmt: skip
    known = [name for name in TERMS if score.areas[name].notna().any()]
    areas = {
        str(row["ea_code"]): {name: _plain(row[name]) for name in known}
        for row in score.areas.to_dict("records")
    }
    return {"plan": plan, "areas": areas}


def _plain(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else round(float(value), 2)


def unit_in_brackets(name: str, language: Language, noun: str) -> str:
    """Unit of a term as it stands behind its title, '' for what is merely counted."""
    unit = _amount_in(name, noun, "").of(language).strip()
    if not unit:
        return ""
    return f"（{unit}）" if language == "zh" else f" [{unit}]"


def _amount(value: float, name: str, language: Language, noun: str) -> str:
    if pd.isna(value):
        return SCORE_WORDS["unknown"].of(language)
    return _amount_in(name, noun, f"{value:,.0f}").of(language).strip()


def _amount_in(name: str, noun: str, number: str) -> Text:
    """A number with the unit of a term; persons are what the census counts."""
    unit = TERMS[name].unit
    return counted(Text("{n} " + unit.en, "{n} " + unit.zh), noun).format(n=number)
