"""Whether a large building is cut, and into which doors and floors: whole numbers only, no geometry.

Contract 3.2. A building of more than the band's top is cut by doors, then by floor bands, when every
piece closes inside the band, else it stays whole. Doors are the street doors with a stair (单元), in a
row along the building; persons are spread evenly over the floors of all doors, as steps of a running
total, so that the pieces of a building sum to the building.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from census_gis.profile import Profile

__all__ = [
    "Band",
    "Cut",
    "Piece",
    "band_of",
    "by_doors",
    "by_floors",
    "by_shares",
    "joinable",
    "joinable_shares",
]

# Measured on Punggol, always cut: 2 pieces a target leave 0.945 of EAs in the band, 3 leave 0.959, 4 leave 0.955.
PIECES_A_TARGET = 3


class Band(NamedTuple):
    """What an EA may hold [persons, or households where these decide]."""

    low: int
    target: int
    high: int
    cap: int

    def holds(self, persons: int) -> bool:
        """Whether so many close an EA."""
        return self.low <= persons <= self.high

    def counts(self, persons: int) -> list[int]:
        """Numbers of equal EAs inside the band, the one nearest to persons / target first."""
        fitting = [
            n
            for n in range(2, persons // max(self.low, 1) + 1)
            if self.holds(persons // n) and self.holds(-(-persons // n))
        ]
        return sorted(fitting, key=lambda n: (abs(n - persons / self.target), n))


class Piece(NamedTuple):
    """Doors `unit` .. `unit + doors - 1` (`unit` 0: all of them), floors `floor_lo` .. `floor_hi`.

    Floors are None where the piece runs over all of them.
    """

    unit: int
    doors: int
    floor_lo: int | None
    floor_hi: int | None
    persons: int

    @property
    def on_ground(self) -> bool:
        """Whether it has ground of its own."""
        return self.floor_lo is None or self.floor_lo == 1


class Cut(NamedTuple):
    """Pieces of one building in order of door, then floor; `how` is doors, floors or shares.

    `closes` tells whether every piece is inside the band.
    """

    pieces: tuple[Piece, ...]
    how: str
    closes: bool


class _Plan(NamedTuple):
    """Best pieces for the first doors of a row, and what they cost."""

    cost: float
    pieces: tuple[Piece, ...]


def band_of(profile: Profile) -> Band:
    """The band and the cap of one building, out of the rules."""
    low, target, high = (int(profile[f"ea.persons.{name}"]) for name in ("low", "target", "high"))
    return Band(low, target, high, int(profile["ea.persons.cap_building"]))


def by_doors(
    persons: int, doors: int, floors: int | None, band: Band, *, must: bool = False
) -> Cut | None:
    """Group doors in a row so that each group closes; where one door is too many, band its floors.

    Three ways are tried, the plainer first: whole doors only; floor bands of single doors besides;
    lower floors of several doors together, with bands above them. Of the plans of one way the one with
    the number of pieces nearest to persons / target is taken, then the evenest.

    Parameters
    ----------
    persons : int
        Load of the building.
    doors : int, >= 1
        Its street doors.
    floors : int or None
        Its storeys, None where they are not known: then no floors are banded.
    band : Band
    must : bool
        Cut even where no piece closes (a building above the cap): then pieces may lie outside the band
        and the one nearest to it is taken.

    Returns
    -------
    Cut or None
        None when no plan has every piece in the band.

    Examples
    --------
    >>> band = Band(240, 300, 360, 2000)
    >>> [piece.persons for piece in by_doors(600, 4, None, band).pieces]
    [300, 300]
    >>> [piece[:4] for piece in by_doors(1200, 2, 20, band).pieces]
    [(1, 1, 1, 10), (1, 1, 11, 20), (2, 1, 1, 10), (2, 1, 11, 20)]
    """
    for way in (1, 2, 3) if band.counts(persons) else ():
        found = _best(persons, doors, floors, band, (way, False))
        if found is not None:
            return found
    return _best(persons, doors, floors, band, (2, True)) if must else None


def by_floors(persons: int, floors: int, band: Band, *, must: bool = False) -> Cut | None:
    """Bands of whole floors over all of a building; None when no number of them closes.

    Examples
    --------
    >>> cut = by_floors(1000, 20, Band(240, 300, 360, 2000))
    >>> [(piece.floor_lo, piece.floor_hi, piece.persons) for piece in cut.pieces]
    [(1, 6, 300), (7, 13, 350), (14, 20, 350)]
    """
    for n in band.counts(persons):
        pieces = tuple(_bands(0, 0, persons, floors, n))
        if n <= floors and all(band.holds(piece.persons) for piece in pieces):
            return Cut(pieces, "floors", True)
    if not must or floors < 2:
        return None
    n = min(max(2, round(persons / band.target)), floors)
    return Cut(tuple(_bands(0, 0, persons, floors, n)), "floors", False)


def by_shares(persons: int, pieces: int, band: Band) -> Cut:
    """Equal shares of a footprint, where doors are not given.

    Examples
    --------
    >>> [piece.persons for piece in by_shares(700, 2, Band(240, 300, 360, 2000)).pieces]
    [350, 350]
    """
    shares = tuple(
        Piece(k + 1, 1, None, None, share) for k, share in enumerate(spread(persons, [1] * pieces))
    )
    return Cut(shares, "shares", all(band.holds(piece.persons) for piece in shares))


def joinable_shares(persons: int, most: int, band: Band) -> int:
    """Number of equal pieces, at most so many, small enough to complete a neighbour's persons.

    Each is about a third of a target; some of them together are EAs of the building's own, where it can have such.

    Examples
    --------
    >>> joinable_shares(500, 20, Band(240, 300, 360, 2000))
    6
    """
    return _multiple(next(iter(band.counts(persons)), 1), persons, most, band)


def _joinable_bands(persons: int, floors: int, band: Band) -> int:
    """The same for bands of whole floors, which need not be equal."""
    closing = (
        n
        for n in band.counts(persons)
        if n <= floors and all(band.holds(p.persons) for p in _bands(0, 0, persons, floors, n))
    )
    return _multiple(next(closing, 1), persons, floors, band)


def _multiple(whole: int, persons: int, most: int, band: Band) -> int:
    """Pieces of about a third of a target, as a multiple of those that close by themselves."""
    fine = -(-PIECES_A_TARGET * persons // band.target)
    return whole * min(-(-fine // whole), most // whole) if whole <= most else min(fine, most)


def joinable(persons: int, doors: int | None, floors: int | None, band: Band) -> Cut:
    """Pieces that may join neighbours (`always`): each door, banded by floors where it is too many.

    Where doors are not given, floors of the whole building are banded. `closes` tells here whether no
    piece is above the band.

    Examples
    --------
    >>> [piece.persons for piece in joinable(600, 3, None, Band(240, 300, 360, 2000)).pieces]
    [200, 200, 200]
    """
    pieces: list[Piece] = []
    row = (
        [(0, 0, persons)]
        if doors is None
        else [(door + 1, 1, share) for door, share in enumerate(spread(persons, [1] * doors))]
    )
    for unit, wide, share in row:
        bands = _joinable_bands(share, floors, band) if share > band.high and floors else 1
        if bands > 1 and floors:
            pieces.extend(_bands(unit, wide, share, floors, bands))
        else:
            pieces.append(Piece(unit, wide, None, None, share))
    return Cut(
        tuple(pieces),
        "floors" if doors in (None, 1) else "doors",
        all(piece.persons <= band.high for piece in pieces),
    )


def spread(total: int, weights: list[int]) -> list[int]:
    """Whole shares of a total in proportion to weights, as steps of a running total.

    Examples
    --------
    >>> spread(10, [1, 1, 1])
    [3, 3, 4]
    """
    whole, passed, before = max(sum(weights), 1), 0, 0
    shares = []
    for weight in weights:
        passed += weight
        now = total * passed // whole
        shares.append(now - before)
        before = now
    if not sum(weights) and shares:
        shares[-1] += total
    return shares


def _bands(unit: int, doors: int, persons: int, floors: int, n: int) -> Iterator[Piece]:
    """`n` bands of whole floors whose heights differ by at most one."""
    tops = [floors * (k + 1) // n for k in range(n)]
    heights = [top - low for top, low in zip(tops, [0, *tops[:-1]], strict=True)]
    for top, height, share in zip(tops, heights, spread(persons, heights), strict=True):
        yield Piece(unit, doors, top - height + 1, top, share)


def _best(
    persons: int, doors: int, floors: int | None, band: Band, way: tuple[int, bool]
) -> Cut | None:
    """Shortest way through the row of doors, for each number of pieces; None when there is none."""
    share = spread(persons, [1] * doors)
    plans: list[dict[int, _Plan]] = [{0: _Plan(0.0, ())}, *({} for _ in range(doors))]
    for first in range(doors):
        for last in range(first + 1, doors + 1):
            if last > first + 1 and _too_many(share[first:last], band, way[0]):
                break
            for pieces in _segment(first, share[first:last], floors, band, way):
                cost = sum(_cost(piece.persons, band) for piece in pieces)
                for n, before in plans[first].items():
                    total = before.cost + cost
                    known = plans[last].get(n + len(pieces))
                    if known is None or total < known.cost - 1e-9:
                        plans[last][n + len(pieces)] = _Plan(total, before.pieces + pieces)
    found = {n: plan for n, plan in plans[doors].items() if n >= 2}
    if not found:
        return None
    if way[1]:
        n = min(found, key=lambda n: (found[n].cost, n))
    else:
        n = min(found, key=lambda n: (abs(n - persons / band.target), found[n].cost))
    pieces = found[n].pieces
    floors_used = any(piece.floor_lo is not None for piece in pieces)
    closes = all(band.holds(piece.persons) for piece in pieces)
    return Cut(pieces, "floors" if floors_used and doors == 1 else "doors", closes)


def _too_many(share: list[int], band: Band, steps: int) -> bool:
    """Whether more doors in a row can only be worse; keeps the search short for many doors."""
    return sum(share) > 2 * band.high and (steps < 3 or min(share) < band.low)


def _segment(
    first: int, share: list[int], floors: int | None, band: Band, way: tuple[int, bool]
) -> Iterator[tuple[Piece, ...]]:
    """The ways in which some doors in a row close together."""
    steps, loose = way
    total, doors = sum(share), len(share)
    if band.holds(total) or (loose and (doors == 1 or total <= 2 * band.high)):
        yield (Piece(first + 1, doors, None, None, total),)
    if floors is None or steps < 2 or total <= band.high:
        return
    if doors == 1:
        for n in range(2, min(floors, -(-total // max(band.low, 1)) + 1) + 1):
            pieces = tuple(_bands(first + 1, 1, total, floors, n))
            if loose or all(band.holds(piece.persons) for piece in pieces):
                yield pieces
    elif steps == 3:
        yield from _on_a_base(first, share, floors, band)


def _on_a_base(
    first: int, share: list[int], floors: int, band: Band
) -> Iterator[tuple[Piece, ...]]:
    """Lower floors of several doors as one piece on the ground, the floors above banded door by door."""
    if min(share) < band.low:  # what is above the base must close by itself
        return
    for base in range(1, floors):
        low = [spread(persons, [base, floors - base])[0] for persons in share]
        if not band.holds(sum(low)):
            continue
        pieces = [Piece(first + 1, len(share), 1, base, sum(low))]
        for door, (persons, below) in enumerate(zip(share, low, strict=True)):
            rest = persons - below
            for n in [1, *band.counts(rest)]:
                above = list(_bands(first + door + 1, 1, rest, floors - base, n))
                if n <= floors - base and all(band.holds(piece.persons) for piece in above):
                    pieces.extend(
                        piece._replace(
                            floor_lo=(piece.floor_lo or 0) + base,
                            floor_hi=(piece.floor_hi or 0) + base,
                        )
                        for piece in above
                    )
                    break
            else:
                break
        else:
            yield tuple(pieces)


def _cost(persons: int, band: Band) -> float:
    """Squared distance from the target; outside the band a thousand times as much."""
    outside = max(band.low - persons, persons - band.high, 0)
    return float((persons - band.target) ** 2 + 1000 * outside**2)
