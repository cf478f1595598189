"""People drop out: how many EAs change hands, and how much longer ways are, by each of the four choices.

    python benchmarks/field/dropouts.py [--share 0.05]

The counties of assign.py: 533 EAs and 560 people, 7,100 and 7,600. People are assigned, a share of those who count
leave (seeded), and the plan is made again. Extra travel is over the fresh optimum of those who are left.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import numpy as np

from benchmarks.field.instances import county
from census_gis.field.assignment import People, Terms, assign_work
from census_gis.field.matching import NOBODY
from census_gis.field.replan import CHOICES, Holding, replan

TERMS = Terms(6000.0, 2000)


def left(people: People, keep: np.ndarray) -> People:
    """Those who stay."""
    return replace(people, **{k: getattr(people, k)[keep] for k in people.__dataclass_fields__})


def main() -> None:
    """Print a table for each county."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--share", type=float, default=0.05, help="of those who count, who leave")
    share = parser.parse_args().share
    for n, districts, m in ((533, 34, 560), (7100, 1250, 7600)):
        place = county(n, districts, m, seed=1)
        first = assign_work(place.work, place.people, TERMS).matching.person
        counting = np.unique(first[first != NOBODY])
        gone = np.random.default_rng(9).choice(
            counting, round(share * len(counting)), replace=False
        )
        keep = np.setdiff1d(np.arange(m), gone)
        now = np.full(m + 1, NOBODY)
        now[keep] = np.arange(len(keep))
        holding = Holding(now[first], np.zeros(n, dtype=bool), np.arange(len(keep)))
        people = left(place.people, keep)
        fresh = assign_work(place.work, people, TERMS).matching
        print(f"\n{n} EAs, {m} people, {len(gone)} leave; {fresh.short} EAs can have nobody\n")
        print(
            "| choice | price of a change [m] | EAs changed | forced | extra ways | nobody | wall s | cpu s |"
        )
        print("|---|---|---|---|---|---|---|---|")
        rows = []
        for choice in CHOICES:
            wall, cpu = time.perf_counter(), time.process_time()
            done = replan(place.work, people, TERMS, holding=holding, choice=choice)
            rows.append((done, time.perf_counter() - wall, time.process_time() - cpu))
        least = rows[-1][0].metres
        for done, wall, cpu in rows:
            price = "no limit" if done.choice.penalty_m is None else f"{done.choice.penalty_m:,}"
            print(f"| {done.choice.words.en} | {price} | {done.changed:,} | {done.forced:,} | "
                  f"{done.metres / least - 1:+.1%} | {done.short} | {wall:.2f} | {cpu:.2f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
