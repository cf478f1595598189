"""How good a plan is, said of a whole district: proven optimal, within so many per cent, or no bound known."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from census_gis.findings import Kind
from census_gis.language import Text
from census_gis.model import Plan, Step
from census_gis.partitioning.asked import energy_of, first_cores
from census_gis.partitioning.misfits import noted
from census_gis.partitioning.optimum import Proof, proof_of, together
from census_gis.partitioning.prepare import Part, parts_of
from census_gis.partitioning.problem import Problem, by_primary

__all__ = ["PROOFS", "Proven", "proven", "with_proof"]

OPTIMAL = Kind(
    "S113", "note",
    Text("Proven optimal: no division of this district inside the band into as many EAs has better lines and sizes.",
         "已证明为最优：在人数区间之内，将本普查区划分为同样多的小区时，不存在界线与规模更好的方案。"),
    Text("nothing to do.", "无需处理。"),
)  # fmt: skip
NEAR = Kind(
    "S114", "note",
    Text("Proven bound: no division of this district inside the band into as many EAs is better by more than {gap} %.",
         "已证明界限：在人数区间之内，将本普查区划分为同样多的小区时，其他方案最多只能再好 {gap}%。"),
    Text("nothing to do.", "无需处理。"),
)  # fmt: skip
UNKNOWN = Kind(
    "S115", "note",
    Text("A proof was asked for, but no bound is known of how much better another division of this district could be.",
         "已要求证明，但无法得知本普查区的其他划分方案还能好多少。"),
    Text("nothing to do: proofs reach districts of some dozens of buildings, without edits or a previous census to follow.",
         "无需处理：仅对几十栋建筑、无手工编辑且不沿用上次普查的普查区可以证明。"),
)  # fmt: skip
# Codes of what a proof comes to, and one word for each.
PROOFS = {OPTIMAL.code: "optimal", NEAR.code: "bounded", UNKNOWN.code: "no_bound"}


@dataclass(frozen=True)
class Proven:
    """A plan, and the share by which another may be better: 0.0 proven optimal, None no bound known."""

    label: NDArray[np.int32]
    gap: float | None


def proven(problem: Problem, label: NDArray[np.int32], *, seed: int) -> Proven:
    """Prove how good a plan is, component by component, and take a better one where the proof meets it.

    Parameters
    ----------
    label : int32, shape (n,)
        Plan of the problem.
    """
    problem = by_primary(problem)
    made = label.copy()
    proofs, lines, used = [], [], 0
    for part in parts_of(problem, seed=seed):
        proof, line = _of_part(part, label)
        kept = label[part.atoms] if proof.label is None else proof.label[part.nodes]
        names, dense = np.unique(kept, return_inverse=True)
        made[part.atoms] = used + dense
        used += len(names)
        proofs.append(proof)
        lines.append(line)
    return Proven(made, together(proofs, lines))


def _of_part(part: Part, label: NDArray[np.int32]) -> tuple[Proof, float]:
    """Proof of one component, with areas of their own first, and what its plan costs [dm]."""
    task, own = part.task, len(part.task.own.low)
    of_node = np.zeros(len(task.net.persons), np.int32)
    of_node[part.nodes] = label[part.atoms]
    if len(np.unique(of_node[task.net.core >= 0])) < own:
        # People put areas of their own together: not a question that is asked here.
        return Proof(None, None), 0.0
    plan = first_cores(task, of_node)
    single = int(plan.max()) == 0 and own + task.ideal <= 1
    proof = Proof(plan, 0.0) if single else proof_of(task, plan)
    return proof, energy_of(task, plan if proof.label is None else proof.label)


def with_proof(plan: Plan, gap: float | None, *, seed: int) -> Plan:
    """A plan that says how good it is, as a finding and in its history."""
    kind = UNKNOWN if gap is None else OPTIMAL if gap == 0 else NEAR
    step = Step("prove", {"gap": gap}, seed)
    return noted(replace(plan, history=(*plan.history, step)), kind, gap=_per_cent(gap))


def _per_cent(gap: float | None) -> str:
    """Per cent, rounded up to a tenth: a bound must not be made tighter by writing it."""
    return "-" if gap is None else f"{np.ceil(gap * 1000 - 1e-9) / 10:.1f}"
