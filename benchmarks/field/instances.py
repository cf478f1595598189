"""Synthetic counties for the benchmarks of staff: EAs, districts, neighbours, work, homes, languages. Seeded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from census_gis.field.assignment import Openings, People

SPACING_M = 250.0  # between EAs


@dataclass(frozen=True)
class County:
    """EAs at random points, cut into compact districts; homes near their districts, one in seven far off."""

    at: NDArray[np.float64]
    district: NDArray[np.int64]
    edges: NDArray[np.int64]
    load: NDArray[np.float64]
    work: Openings
    people: People


def county(n_eas: int, n_districts: int, n_people: int, *, seed: int) -> County:
    """A county; 12 % of EAs ask for a language that 30 % of people speak."""
    draw = np.random.default_rng(seed)
    at = draw.random((n_eas, 2)) * np.sqrt(n_eas) * SPACING_M
    district = _districts(at, n_districts)
    sides = Delaunay(at).simplices[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
    edges = np.unique(np.sort(sides, axis=1), axis=0).astype(np.int64)
    length = np.hypot(*(at[edges[:, 0]] - at[edges[:, 1]]).T)
    edges = edges[length < 3.5 * np.median(length)]
    load = np.exp(draw.normal(np.log(3600.0), 0.25, n_eas)).clip(1500, 8400)  # minutes
    share = np.bincount(district, minlength=n_districts) / n_eas
    home = draw.choice(n_districts, n_people, p=share)
    full = np.repeat(np.arange(n_districts), np.floor(share * n_people).astype(int))
    home[: len(full)] = full
    middle = np.array([at[district == d].mean(axis=0) for d in range(n_districts)])
    far = draw.random(n_people) > 0.85
    spot = (
        middle[home]
        + draw.normal(0, 400, (n_people, 2))
        + far[:, None] * draw.normal(0, 2500, (n_people, 2))
    )
    none, free = np.full(n_eas, -1), np.full(n_people, -1)
    work = Openings(
        at[:, 0],
        at[:, 1],
        district,
        np.full(n_eas, 300),
        (draw.random(n_eas) < 0.12).astype(np.int64),
        none,
    )
    people = People(
        spot[:, 0],
        spot[:, 1],
        home.astype(np.int64),
        free,
        (draw.random(n_people) < 0.3).astype(np.int64),
        free,
    )
    return County(at, district, edges, load, work, people)


def _districts(at: NDArray[np.float64], parts: int) -> NDArray[np.int64]:
    """Compact groups of nearly equal size: cut again and again across the longer side."""
    label, todo, number = np.zeros(len(at), np.int64), [(np.arange(len(at)), parts)], 0
    while todo:
        rows, k = todo.pop()
        if k == 1:
            label[rows] = number
            number += 1
            continue
        axis = int(np.ptp(at[rows], axis=0).argmax())
        order = rows[np.argsort(at[rows, axis], kind="stable")]
        cut = round(len(order) * (k // 2) / k)
        todo += [(order[:cut], k // 2), (order[cut:], k - k // 2)]
    return label
