"""Every kernel of partitioning does in plain Python what it does compiled."""

import importlib
import pkgutil
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from numba.core.registry import CPUDispatcher

from census_gis import partitioning
from census_gis.partitioning import chains, repair, resplit
from census_gis.partitioning.asked import bands_of, energy_of
from census_gis.partitioning.draws import seeded
from census_gis.partitioning.effort import effort, steps_between
from census_gis.partitioning.explain import misfits_of
from census_gis.partitioning.optimum import best_plan
from census_gis.partitioning.prepare import parts_of
from census_gis.partitioning.problem import HouseholdBand
from census_gis.partitioning.repair import PRESSURE, mend, solve_small
from census_gis.partitioning.solve import solve
from tests.partitioning.test_rooted import divided, row_of_towers
from tests.partitioning.towns import problem, random_problem

MODULES = [
    importlib.import_module(f"{partitioning.__name__}.{found.name}")
    for found in pkgutil.iter_modules(partitioning.__path__)
]
KERNELS = {
    f"{kernel.py_func.__module__}.{kernel.py_func.__name__}"
    for module in MODULES
    for kernel in vars(module).values()
    if isinstance(kernel, CPUDispatcher)
}


@pytest.fixture
def plain(monkeypatch):
    """A call that puts plain Python in the place of all kernels, and the names of those that ran since."""
    ran = set()

    def noted(function, name, *given):
        ran.add(name)
        return function(*given)

    def replaced():
        for module in MODULES:
            for name, kernel in list(vars(module).items()):
                if isinstance(kernel, CPUDispatcher):
                    function = kernel.py_func
                    whole = f"{function.__module__}.{function.__name__}"
                    monkeypatch.setattr(module, name, partial(noted, function, whole))
        return ran

    return replaced


def towers(seed=3, n=24):
    """Towers that fit together in few ways, between small houses."""
    rng = np.random.default_rng(seed)
    asked = random_problem(seed, n, top=50)
    tall = rng.random(n) < 0.4
    persons = np.where(tall, rng.integers(120, 240, n), asked.persons)
    return problem(persons, np.column_stack([asked.a, asked.b]), cost=asked.cost)


def searched():
    """Areas of houses from a short search, with a soft band of households; its chains and its pairs again."""
    asked = random_problem(5, 60, top=60)
    more = {"households": asked.persons // 3, "household_band": HouseholdBand(80, 100, 120, 150)}
    asked = replace(asked, **more)
    (part,) = parts_of(asked, seed=1)
    task, nodes = part.task, part.nodes
    first = solve(asked, seed=1, moves=3_000).label[np.argsort(nodes)]
    k = int(first.max()) + 1
    many = first.copy()
    pairs = resplit.pairs_of(task.net, many, k)
    resplit.resplit(task.net, many, bands_of(task, k), pairs, (task.unit, 2, 10_000), seeded(3))
    price = PRESSURE._replace(sweeps=4, line=0.01, wished=float(k))
    loose = chains.passed_on(task.net, first, bands_of(task, k + 1), price, seeded(5))
    xy = np.random.default_rng(1).random((len(nodes), 2))
    walked = effort(steps_between(asked.a, asked.b, xy), first, asked.persons > 40)
    return [first, many, loose, walked, np.array(energy_of(task, first))]


def mended():
    """Towers that are one area at first, and why not all come inside the band."""
    crowded = towers()
    (part,) = parts_of(crowded, seed=1)
    label = mend(part.task, np.zeros(len(part.task.net.persons), np.int32), seed=1)
    reasons = [(m.kind, m.area, m.least) for m in misfits_of(crowded, [part], label[part.nodes])]
    return [label, np.array(reasons)]


def proven():
    """Small graphs, to the best there is."""
    found = []
    for seed in (2, 3):
        (part,) = parts_of(random_problem(seed, 10, top=150), seed=1)
        best = best_plan(part.task)
        found += [solve_small(part.task), np.array(best.label is None), np.array(best.empty)]
    return found


def rooted():
    """Towers side by side, from their roots; then with an area more than towers."""
    return [divided(row_of_towers(), 1, areas)[1] for areas in (3, 4)]


@pytest.fixture
def hurried(monkeypatch):
    """A repair that gives up early: plain Python is a hundred times slower."""
    for name, value in (
        ("PRESSURE", PRESSURE._replace(sweeps=2)), ("CHAIN_AREAS", (3,)), ("TRIES", 3), ("ROUNDS", 1),
        ("WIDE_AREAS", (4,)), ("WIDE_NODES", (20,)),
    ):  # fmt: skip
        monkeypatch.setattr(repair, name, value)


@pytest.mark.usefixtures("hurried")
def test_all_kernels_do_the_same_as_plain_python(plain):
    works = (searched, mended, proven, rooted)
    compiled = [found for work in works for found in work()]
    ran = plain()
    with np.errstate(over="ignore"):
        same = [found for work in works for found in work()]
    for one, other in zip(compiled, same, strict=True):
        assert np.array_equal(one, other)
    assert KERNELS - ran == set()
