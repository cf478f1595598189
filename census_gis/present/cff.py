"""A font's CFF table by itself, its glyphs answering to other numbers (Adobe Technical Note 5176).

A PDF finds glyphs of a CID-keyed font by its charset alone: to give them our numbers, a new charset is put behind
the table and the one reference to the old is turned to it. Nothing is compiled again.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

__all__ = ["renumbered", "tables_of"]

CHARSET, ROS, ESCAPE, LONG, REAL = 15, (12, 30), 12, 29, 30
LONG_BYTES = 5
Operator = int | tuple[int, int]


def tables_of(font: bytes) -> dict[str, bytes]:
    """Tables of an OpenType font by tag."""
    (count,) = struct.unpack_from(">H", font, 4)
    rows = (struct.unpack_from(">4s4xII", font, 12 + 16 * n) for n in range(count))
    return {tag.decode("latin-1"): font[at : at + size] for tag, at, size in rows}


def renumbered(table: bytes, numbers: Sequence[int]) -> bytes | None:
    """A CID-keyed CFF table whose glyphs have other numbers; None where it is of another kind.

    Parameters
    ----------
    numbers
        Number (CID) of each glyph in the table's order; that of the first, .notdef, is always 0.
    """
    names_end = _index(table, table[2])[-1]
    start, end = _index(table, names_end)[:2]
    places = dict(_operators(table, start, end))
    at = places.get(CHARSET)
    if ROS not in places or at is None or table[at] != LONG:
        return None
    charset = struct.pack(f">B{len(numbers) - 1}H", 0, *numbers[1:])
    offset = struct.pack(">Bi", LONG, len(table))
    return table[:at] + offset + table[at + LONG_BYTES :] + charset


def _index(table: bytes, at: int) -> list[int]:
    """Where the members of an INDEX begin, and the last one ends; of an empty one only its end."""
    (count,) = struct.unpack_from(">H", table, at)
    if not count:
        return [at + 2]
    size, first = table[at + 2], at + 3
    offsets = (table[first + n * size : first + (n + 1) * size] for n in range(count + 1))
    base = first + (count + 1) * size - 1
    return [base + int.from_bytes(offset, "big") for offset in offsets]


def _operators(table: bytes, at: int, end: int) -> Iterator[tuple[Operator, int]]:
    """Operators of a DICT, and where the last operand of each begins."""
    operand = at
    while at < end:
        first = table[at]
        if first == ESCAPE:
            yield (ESCAPE, table[at + 1]), operand
            at += 2
        elif first < ESCAPE + 10:
            yield first, operand
            at += 1
        else:
            operand = at
            at += _width(table, at)


def _width(table: bytes, at: int) -> int:
    """Bytes of an operand."""
    first = table[at]
    if first == REAL:  # digits of four bits, up to one that says the end
        last = at + 1
        while 0xF not in (table[last] >> 4, table[last] & 0xF):
            last += 1
        return last + 1 - at
    if first == LONG:
        return LONG_BYTES
    if first == LONG - 1:
        return 3
    return 1 if first <= 246 else 2
