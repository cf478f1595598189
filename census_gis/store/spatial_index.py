"""The spatial index of a layer, written whole: the tree SQLite's R*Tree module would grow row by row, packed.

A layer that is written once needs no tree that grows. Boxes are sorted into tiles and cut into full nodes
(sort-tile-recursive packing: Leutenegger, Lopez and Edgington 1997), which takes a tenth of the time of inserting them
and is faster to search. Nodes are stored as the module stores them (sqlite.org/rtree.html, section 6): two bytes of
depth in the root, two of count, then cells of an 8-byte number and four 4-byte floats, all big-endian.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["write_index"]

CELL = np.dtype([("id", ">i8"), ("box", ">f4", 4)])
HEAD_BYTES = 4
ROOT = 1


def write_index(
    connection: sqlite3.Connection, layer: str, fid: NDArray[np.int64], box: NDArray[np.float64]
) -> None:
    """Fill the index of a layer, instead of what it holds.

    Parameters
    ----------
    connection
        To a GeoPackage; the caller's transaction.
    layer
        With an index ``rtree_LAYER_geom``.
    fid : int, shape (n,)
        Numbers of the rows.
    box : float, shape (n, 4)
        Left, right, bottom, top of each [m].
    """
    name = f"rtree_{layer}_geom"
    if not _open_inside(connection, name):  # the rows are the same, only slower to write
        connection.execute(f"DELETE FROM {name}")
        rows = np.column_stack([fid.astype(object), box.astype(object)]).tolist()
        connection.executemany(f"INSERT INTO {name} VALUES (?, ?, ?, ?, ?)", rows)
        return
    size = connection.execute(
        f"SELECT length(data) FROM {name}_node WHERE nodeno = {ROOT}"
    ).fetchone()[0]
    for part in ("node", "rowid", "parent"):
        connection.execute(f"DELETE FROM {name}_{part}")
    fan = (size - HEAD_BYTES) // CELL.itemsize
    order = _tiled(box, fan)
    ids, boxes, below, free = fid[order], _rounded(box)[order], "rowid", ROOT + 1
    for depth in range(ids.size + 1):
        node = _even(ids.size, fan)
        count = int(node[-1]) + 1 if node.size else 1
        top = count == 1
        number = np.array([ROOT]) if top else np.arange(free, free + count)
        blobs = _blobs(ids, boxes, node, size=size, depth=depth if top else 0)
        connection.executemany(
            f"INSERT INTO {name}_node VALUES (?, ?)", zip(number.tolist(), blobs, strict=True)
        )
        pairs = zip(ids.tolist(), number[node].tolist(), strict=True)
        connection.executemany(f"INSERT INTO {name}_{below} VALUES (?, ?)", pairs)
        if top:
            return
        first = np.searchsorted(node, np.arange(count))
        low = np.minimum.reduceat(boxes[:, 0::2], first)
        high = np.maximum.reduceat(boxes[:, 1::2], first)
        boxes = np.stack([low, high], axis=2).reshape(count, 4)
        ids, below, free = number, "parent", free + count


def _open_inside(connection: sqlite3.Connection, name: str) -> bool:
    """Whether the tables behind an index may be written: a library built to be defensive refuses (macOS)."""
    try:
        connection.execute(f"DELETE FROM {name}_node WHERE 0")
    except sqlite3.OperationalError:
        return False
    return True


def _tiled(box: NDArray[np.float64], fan: int) -> NDArray[np.int64]:
    """Order of boxes by strips from west to east, in each from south to north; as many strips as nodes in a strip."""
    x, y = box[:, 0] + box[:, 1], box[:, 2] + box[:, 3]
    strip = np.empty(x.size, np.int64)
    strip[np.argsort(x, kind="stable")] = _even(x.size, max(int(np.sqrt(x.size * fan)), 1))
    return np.lexsort((y, strip)).astype(np.int64)


def _even(count: int, most: int) -> NDArray[np.int64]:
    """Group of each of some things in order: as few groups as hold at most so many, of sizes as even as can be.

    Examples
    --------
    >>> _even(5, 2).tolist()
    [0, 0, 1, 1, 2]
    """
    groups = -(-count // most)
    return np.arange(count) * groups // max(count, 1)


def _rounded(box: NDArray[np.float64]) -> NDArray[np.float32]:
    """Boxes in single precision, none smaller than it was."""
    near = box.astype(np.float32)
    out = np.array([-np.inf, np.inf, -np.inf, np.inf], dtype=np.float32)
    short = np.where(out < 0, near > box, near < box)
    return np.where(short, np.nextafter(near, out), near)


def _blobs(
    ids: NDArray[np.int64], boxes: NDArray[np.float32], node: NDArray[np.int64], *, size: int,
    depth: int,
) -> Iterator[bytes]:  # fmt: skip
    """Nodes as they are stored."""
    cells = np.empty(ids.size, CELL)
    cells["id"], cells["box"] = ids, boxes
    count = int(node[-1]) + 1 if node.size else 1
    edges = np.searchsorted(node, np.arange(count + 1))
    for begin, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        head = depth.to_bytes(2, "big") + (end - begin).to_bytes(2, "big")
        yield (head + cells[begin:end].tobytes()).ljust(size, b"\0")
