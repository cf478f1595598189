"""A large building graph from a small one, tiled and mirrored: L and XL of the tables from M.

    python benchmarks/partition/tiles.py M.npz 4x4 FOLDER/L.npz
    python benchmarks/partition/tiles.py M.npz 7x4 FOLDER/XL.npz

Every second tile is mirrored, so that what meets at a tile's border is alike. Neighbours and border lengths are
those of the Voronoi cells of all buildings, cut off at the outer rectangle; a border between two buildings of one
tile lies on a road, water or railway where it does in the small graph, one between two tiles or along the hull of
the small graph does not. Residents of each building of each tile vary by a factor drawn once (log-normal, 0.3).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import shapely
from scipy.spatial import Voronoi

MARGIN_M = 60.0
SPREAD = 0.3
SHORTEST_M = 0.5
MEAN, CAP = 4.3, 120


def residents(weight: np.ndarray) -> np.ndarray:
    """Whole numbers of persons, 4.3 for each building on average and at most 120, by weight."""
    for _ in range(30):
        weight = np.minimum(weight * (MEAN * len(weight) / weight.sum()), CAP)
    persons = np.floor(weight).astype(np.int64)
    left = round(MEAN * len(weight)) - int(persons.sum())
    persons[np.argsort(persons - weight, kind="stable")[: max(0, left)]] += 1
    return persons


def borders(xy: np.ndarray, width: float, height: float) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of Voronoi neighbours and the length of their common border inside the rectangle [m]."""
    n, far = len(xy), 20 * max(width, height)
    turn = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    ghosts = np.array([width, height]) / 2 + far * np.column_stack([np.cos(turn), np.sin(turn)])
    cells = Voronoi(np.vstack([xy, ghosts]))
    ends = np.array(cells.ridge_vertices)
    kept = (cells.ridge_points < n).all(axis=1) & (ends >= 0).all(axis=1)
    lines = shapely.linestrings(cells.vertices[ends[kept]])
    return cells.ridge_points[kept], shapely.length(
        shapely.clip_by_rect(lines, 0, 0, width, height)
    )


def tiled(
    small: dict[str, np.ndarray], columns: int, rows: int, seed: int
) -> dict[str, np.ndarray]:
    """The large graph: xy, pop, edges, flen and bar."""
    low, high = small["xy"].min(axis=0) - MARGIN_M, small["xy"].max(axis=0) + MARGIN_M
    span, n = high - low, len(small["xy"])
    rng = np.random.default_rng(seed)
    places, weights = [], []
    for i in range(columns):
        for j in range(rows):
            mirrored = np.array([i % 2 == 1, j % 2 == 1])
            places.append(np.where(mirrored, high - small["xy"], small["xy"] - low) + span * (i, j))
            weights.append(small["pop"] * rng.lognormal(0, SPREAD, n))
    edges, metres = borders(np.vstack(places), span[0] * columns, span[1] * rows)
    known = small["edges"][small["bar"]].astype(np.int64)
    barred = np.unique(known.min(axis=1) * n + known.max(axis=1))
    inner = edges % n
    barrier = (edges[:, 0] // n == edges[:, 1] // n) & np.isin(
        inner.min(axis=1) * n + inner.max(axis=1), barred
    )
    kept = metres >= SHORTEST_M
    return {
        "xy": np.vstack(places), "pop": residents(np.concatenate(weights)),
        "edges": edges[kept].astype(np.int64), "flen": metres[kept], "bar": barrier[kept],
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("small", type=Path)
    parser.add_argument("tiles", help="columns x rows, such as 4x4")
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    columns, rows = (int(part) for part in asked.tiles.split("x"))
    with np.load(asked.small, allow_pickle=True) as given:
        small = {name: given[name] for name in ("xy", "pop", "edges", "bar")}
    large = tiled(small, columns, rows, asked.seed)
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(asked.out, **large)
    print(f"{asked.out}: {len(large['xy'])} buildings, {len(large['edges'])} edges, "
          f"{large['pop'].sum()} residents, {large['bar'].mean():.3f} of the edges on barriers")  # fmt: skip


if __name__ == "__main__":
    main()
