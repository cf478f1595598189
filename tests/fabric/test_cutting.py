"""Cutting a building loses nobody, covers every floor of every door once, and closes what it can."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.fabric.cutting import (
    Band,
    by_doors,
    by_floors,
    by_shares,
    joinable,
    joinable_shares,
    spread,
)

BAND = Band(240, 300, 360, 2000)
PERSONS, DOORS, FLOORS = st.integers(361, 5000), st.integers(1, 24), st.integers(1, 60)


def cells(pieces, floors):
    """Door and floor of everything the pieces cover."""
    return [
        (door, floor)
        for piece in pieces
        for door in range(piece.unit, piece.unit + max(piece.doors, 1))
        for floor in range(piece.floor_lo or 1, (piece.floor_hi or floors) + 1)
    ]


@settings(max_examples=50, deadline=None)
@given(PERSONS, DOORS, FLOORS, st.booleans())
def test_pieces_by_doors_cover_every_floor_of_every_door_once(persons, doors, floors, must):
    cut = by_doors(persons, doors, floors, BAND, must=must)
    if cut is None:
        return
    every = cells(cut.pieces, floors)
    assert len(every) == len(set(every)) == doors * floors
    assert sum(piece.persons for piece in cut.pieces) == persons


@settings(max_examples=50, deadline=None)
@given(PERSONS, DOORS, FLOORS)
def test_without_need_every_piece_by_doors_closes(persons, doors, floors):
    cut = by_doors(persons, doors, floors, BAND)
    assert cut is None or (cut.closes and all(BAND.holds(piece.persons) for piece in cut.pieces))


@settings(max_examples=50, deadline=None)
@given(st.integers(2001, 6000), DOORS, st.integers(2, 60))
def test_a_building_above_the_cap_is_always_cut(persons, doors, floors):
    cut = by_doors(persons, doors, floors, BAND, must=True)
    assert cut is not None
    assert len(cut.pieces) > 1


@settings(max_examples=50, deadline=None)
@given(PERSONS, FLOORS, st.booleans())
def test_bands_cover_every_floor_once(persons, floors, must):
    cut = by_floors(persons, floors, BAND, must=must)
    if cut is None:
        return
    assert cells(cut.pieces, floors) == [(0, floor) for floor in range(1, floors + 1)]
    assert sum(piece.persons for piece in cut.pieces) == persons
    assert must or all(BAND.holds(piece.persons) for piece in cut.pieces)


@settings(max_examples=50, deadline=None)
@given(PERSONS, st.one_of(st.none(), DOORS), st.one_of(st.none(), FLOORS))
def test_joinable_pieces_lose_nobody(persons, doors, floors):
    cut = joinable(persons, doors, floors, BAND)
    assert sum(piece.persons for piece in cut.pieces) == persons
    assert cut.closes == all(piece.persons <= BAND.high for piece in cut.pieces)


@given(PERSONS, FLOORS)
def test_where_floors_close_by_themselves_joinable_bands_lie_within_them(persons, floors):
    closing = by_floors(persons, floors, BAND)
    if closing is None:
        return
    tops = {piece.floor_hi for piece in joinable(persons, None, floors, BAND).pieces}
    assert {piece.floor_hi for piece in closing.pieces} <= tops


@given(PERSONS, st.integers(1, 60))
def test_joinable_shares_make_up_areas_of_their_own_where_there_is_room(persons, most):
    n = joinable_shares(persons, most, BAND)
    assert n <= most
    closing = BAND.counts(persons)[:1]
    assert all(n % count == 0 for count in closing if count <= most)


@given(st.integers(0, 10**6), st.lists(st.integers(0, 1000), min_size=1, max_size=20))
def test_shares_sum_to_the_total_and_differ_from_the_exact_by_less_than_one(total, weights):
    shares = spread(total, weights)
    assert sum(shares) == total
    if sum(weights):
        exact = [total * weight / sum(weights) for weight in weights]
        assert all(abs(share - at) < 1 for share, at in zip(shares, exact, strict=True))


@pytest.mark.parametrize("persons", [361, 420, 479])
def test_361_to_479_persons_fit_no_number_of_pieces(persons):
    assert BAND.counts(persons) == []
    assert by_doors(persons, 6, 30, BAND) is None
    assert by_floors(persons, 30, BAND) is None


@pytest.mark.parametrize(
    ("persons", "n"), [(480, 2), (600, 2), (720, 2), (750, 3), (1000, 3), (1051, 4), (1400, 5)]
)
def test_the_number_of_pieces_is_nearest_to_persons_over_target(persons, n):
    assert BAND.counts(persons)[0] == n
    assert abs(BAND.counts(persons)[0] - persons / 300) == min(
        abs(count - persons / 300) for count in BAND.counts(persons)
    )


def test_doors_are_grouped_in_a_row():
    cut = by_doors(900, 9, None, BAND)
    assert [(piece.unit, piece.doors, piece.persons) for piece in cut.pieces] == [
        (1, 3, 300), (4, 3, 300), (7, 3, 300),
    ]  # fmt: skip


def test_three_doors_of_200_close_only_with_floors_of_one_another():
    # 600 in 3 doors: one door is too few, two are too many; nothing closes in whole doors.
    assert by_doors(600, 3, None, BAND) is None


def test_three_doors_of_400_close_on_a_common_base():
    cut = by_doors(1200, 3, 20, BAND)
    assert [piece[:4] for piece in cut.pieces] == [
        (1, 3, 1, 5), (1, 1, 6, 20), (2, 1, 6, 20), (3, 1, 6, 20),
    ]  # fmt: skip
    assert [piece.persons for piece in cut.pieces] == [300] * 4


def test_a_tower_of_1200_in_two_doors_is_banded_at_half_its_height():
    cut = by_doors(1200, 2, 20, BAND)
    assert [piece[:4] for piece in cut.pieces] == [
        (1, 1, 1, 10), (1, 1, 11, 20), (2, 1, 1, 10), (2, 1, 11, 20),
    ]  # fmt: skip


def test_equal_shares_are_numbered_from_one():
    cut = by_shares(701, 2, BAND)
    assert [(piece.unit, piece.persons) for piece in cut.pieces] == [(1, 350), (2, 351)]


def test_joinable_pieces_are_doors_or_bands_of_about_a_third_of_a_target():
    cut = joinable(1200, 2, 20, BAND)
    assert {piece.persons for piece in cut.pieces} == {90, 120}
    assert all(one.unit <= two.unit for one, two in pairwise(cut.pieces))
