"""Terms of the objective that only the fabric knows: walking, sides of barriers, change against the last census."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census_gis.areas.sums import mutual
from census_gis.graph import components
from census_gis.model import Fabric, Plan
from census_gis.partitioning.effort import effort, steps_between
from census_gis.partitioning.objective import DM, cut_cost
from census_gis.partitioning.terms import weights_of

__all__ = ["changed", "fabric_terms", "mean_border"]


def fabric_terms(plan: Plan) -> pd.DataFrame:
    """Terms of each area that cannot be measured from the finished tables.

    Returns
    -------
    DataFrame, one row an area
        `effort_m`: shortest network that joins its houses [m]; `crossings`: further sides of barriers it lies on
        [count], missing where the fabric does not know crossings; `changed`: persons who are no longer with most
        people of their EA of the previous census, missing where there is none.
    """
    fabric, label = plan.fabric, plan.label
    lived = (fabric.atoms["persons"] > 0).to_numpy(bool)
    barred = fabric.edges["barred"].to_numpy(bool) if "barred" in fabric.edges else None
    xy = np.nan_to_num(fabric.atoms[["x", "y"]].to_numpy(np.float64))
    a, b = (fabric.edges[end].to_numpy(np.int64) for end in ("a", "b"))
    walked = effort(steps_between(a, b, xy, barred=barred), label, lived)
    table = pd.DataFrame({"effort_m": np.round(walked, 1)})
    none = [None] * len(table)
    sides = none if barred is None else _sides(plan, lived, barred)
    moved = _moved(plan) if "previous" in fabric.atoms else none
    return table.assign(crossings=pd.array(sides, "Int64"), changed=pd.array(moved, "Int64"))


def mean_border(fabric: Fabric) -> float | None:
    """Mean price of a border between two pieces of ground [m], in which deviations are weighed; None without any."""
    if not len(fabric.edges):
        return None
    cost = cut_cost(fabric.edges, weights_of(fabric.district.profile))
    return round(float(np.mean(cost)) / DM, 2)


def changed(
    before: NDArray[np.object_], after: NDArray[np.object_], persons: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Persons of each row who are no longer with most of the people of their former area.

    Every area now is the heir of the former one it shares most persons with, and the other way round; who is in
    both of a pair has stayed. Rows without a former area ('' or None) have not changed.

    Parameters
    ----------
    before, after : shape (n,)
        Area of each row, then and now.
    persons : int64, shape (n,)

    Returns
    -------
    int64, shape (n,)
        The persons of rows that changed company, 0 elsewhere.
    """
    known = np.array([isinstance(name, str) and name != "" for name in before], bool)
    if not known.any():
        return np.zeros(len(persons), np.int64)
    table = pd.DataFrame(
        {"before": before[known], "after": after[known], "persons": persons[known]}
    )
    shared = table.groupby(["before", "after"], sort=True)["persons"].sum().reset_index()
    order = shared.sort_values(["persons", "before", "after"], ascending=[False, True, True])
    heir = mutual(order, "before", "after").set_index("before")["after"]
    stayed = np.zeros(len(persons), bool)
    stayed[known] = (table["before"].map(heir) == table["after"]).to_numpy(bool)
    return np.where(known & ~stayed, persons, 0).astype(np.int64)


def _moved(plan: Plan) -> list[int] | list[None]:
    """Persons of each area who changed company; None throughout where no EA of the previous census is known."""
    before = plan.fabric.atoms["previous"].fillna("").astype(str).to_numpy(object)
    if not (before != "").any():
        return [None] * len(plan)
    persons = plan.fabric.atoms["persons"].to_numpy(np.int64)
    rows = changed(before, plan.label.astype(str).astype(object), persons)
    return [int(n) for n in np.bincount(plan.label, rows, len(plan))]


def _sides(plan: Plan, lived: NDArray[np.bool_], barred: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Pieces with people that barriers cut each area into, beyond those it has anyway."""
    label, edges = plan.label, plan.fabric.edges
    a, b = edges["a"].to_numpy(np.int64), edges["b"].to_numpy(np.int64)
    inner = label[a] == label[b]
    return np.maximum(
        _pieces(label, lived, a[inner & ~barred], b[inner & ~barred], len(plan))
        - _pieces(label, lived, a[inner], b[inner], len(plan)),
        0,
    )


def _pieces(
    label: NDArray[np.int32],
    lived: NDArray[np.bool_],
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    areas: int,
) -> NDArray[np.int64]:
    """Connected pieces with people of each area."""
    _, which = components(len(label), a, b)
    first = np.unique(which[lived], return_index=True)[1]
    return np.bincount(label[lived][first], minlength=areas)
