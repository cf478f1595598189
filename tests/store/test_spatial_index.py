"""The packed index finds what SQLite's own would, and SQLite calls it sound."""

import sqlite3

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.store import spatial_index
from census_gis.store.spatial_index import write_index


def opened() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("CREATE VIRTUAL TABLE rtree_a_geom USING rtree(id, minx, maxx, miny, maxy)")
    return connection


def boxes(n: int, seed: int) -> np.ndarray:
    """Left, right, bottom, top; far from the origin, as coordinates in metres are."""
    at = np.random.default_rng(seed)
    low = np.array([40_500_000.123, 3_400_000.456]) + at.uniform(0, 1000, (n, 2))
    high = low + at.uniform(0, 30, (n, 2))
    return np.column_stack([low[:, 0], high[:, 0], low[:, 1], high[:, 1]])


def found(connection: sqlite3.Connection, window: np.ndarray) -> set[int]:
    rows = connection.execute(
        "SELECT id FROM rtree_a_geom WHERE maxx >= ? AND minx <= ? AND maxy >= ? AND miny <= ?",
        window.tolist(),
    )
    return {row[0] for row in rows}


def sound(connection: sqlite3.Connection) -> str:
    return str(connection.execute("SELECT rtreecheck('rtree_a_geom')").fetchone()[0])


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([0, 1, 2, 50, 51, 52, 103, 700, 2700]), st.integers(0, 99))
def test_it_finds_all_that_meets_a_window(n: int, seed: int) -> None:
    box, connection = boxes(n, seed), opened()
    fid = np.random.default_rng(seed).permutation(n) * 3 + 1
    write_index(connection, "a", fid, box)
    assert sound(connection) == "ok"
    for window in boxes(5, seed + 1):
        meets = (box[:, 1] >= window[0]) & (box[:, 0] <= window[1])
        meets &= (box[:, 3] >= window[2]) & (box[:, 2] <= window[3])
        got = found(connection, window)
        assert set(fid[meets].tolist()) <= got
        # Single precision is 4 m at these eastings.
        wide = (box[:, 1] >= window[0] - 8) & (box[:, 0] <= window[1] + 8)
        wide &= (box[:, 3] >= window[2] - 8) & (box[:, 2] <= window[3] + 8)
        assert got <= set(fid[wide].tolist())
    assert len(found(connection, np.array([-1e12, 1e12, -1e12, 1e12]))) == n


def test_rows_can_be_added_and_taken_away_afterwards() -> None:
    connection = opened()
    write_index(connection, "a", np.arange(1, 701), boxes(700, 3))
    connection.execute("DELETE FROM rtree_a_geom WHERE id % 3 = 0")
    connection.executemany(
        "INSERT INTO rtree_a_geom VALUES (?, ?, ?, ?, ?)",
        [(1000 + i, *box) for i, box in enumerate(boxes(200, 4).tolist())],
    )
    assert sound(connection) == "ok"
    assert len(found(connection, np.array([-1e12, 1e12, -1e12, 1e12]))) == 700 - 233 + 200


def test_it_replaces_what_was_there() -> None:
    connection = opened()
    write_index(connection, "a", np.arange(1, 301), boxes(300, 1))
    write_index(connection, "a", np.arange(1, 4), boxes(3, 2))
    assert sound(connection) == "ok"
    assert found(connection, np.array([-1e12, 1e12, -1e12, 1e12])) == {1, 2, 3}


def test_a_defensive_library_gets_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spatial_index, "_open_inside", lambda *_: False)
    connection = opened()
    write_index(connection, "a", np.arange(1, 301), boxes(300, 1))
    assert sound(connection) == "ok"
    assert found(connection, np.array([-1e12, 1e12, -1e12, 1e12])) == set(range(1, 301))
