"""What a column of a declared table is: type, unit, bounds, meaning."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "CORRECTION_KINDS",
    "EDIT_OPS",
    "FOLLOWS",
    "SHAPE",
    "SPECIAL_KINDS",
    "STAGES",
    "USES",
    "Column",
    "count",
    "number",
    "text",
]

USES = (
    "residential", "mixed", "group_quarters", "commercial", "industrial", "public", "other", "unknown",
)  # fmt: skip
SPECIAL_KINDS = (
    "military", "prison", "dormitory", "hospital", "site", "demolished", "uninhabited",
)  # fmt: skip
EDIT_OPS = ("assign", "lock", "merge", "split", "hold", "exempt")
CORRECTION_KINDS = ("new", "gone", "moved", "counts")
STAGES = ("listing", "short", "long", "review")
FOLLOWS = (
    "road", "rail", "water", "landuse", "compound", "grid", "barrier", "district", "none",
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column: pandas type, unit, meaning; `least` bounds numbers, `choices` texts."""

    dtype: str
    unit: str
    meaning: str
    null: bool = False
    least: float | None = None
    choices: tuple[str, ...] = ()


def text(meaning: str, *, null: bool = True, choices: tuple[str, ...] = ()) -> Column:
    """Column of texts."""
    return Column("str", "-", meaning, null, None, choices)


def count(unit: str, meaning: str, *, null: bool = False, least: float = 0) -> Column:
    """Column of whole numbers, from `least` up."""
    return Column("Int64" if null else "int64", unit, meaning, null, least)


def number(unit: str, meaning: str, *, null: bool = True, least: float | None = 0) -> Column:
    """Column of measures."""
    return Column("float64", unit, meaning, null, least)


SHAPE = Column("geometry", "m", "geometry in the projected CRS of the project", True)
