"""Words never stand on words, and a number finds a place or is named as lost."""

import unicodedata

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from census_gis.present.display import Box, DisplayList, Rings, rings_of
from census_gis.present.fonts import Ink, default_face, tidy
from census_gis.present.furniture import Draft
from census_gis.present.labels import Board, Numbers, along, numbers_on, spread, text_box
from census_gis.present.lettering import _neighbour

FACE = default_face()
FRAME = Box(35.0, 70.0, 195.0, 250.0)
house = st.tuples(st.floats(40, 185), st.floats(75, 240), st.floats(0.5, 9), st.floats(0.5, 9))


def _numbers(houses):
    shapes = np.array([box(x, y, x + w, y + h) for x, y, w, h in houses], dtype=object)
    middle = shapely.get_coordinates(shapely.centroid(shapes))
    radius = np.array([min(w, h) / 2 for _, _, w, h in houses])
    mine = np.arange(1, len(houses) + 1)
    return Numbers(
        [f"{n + 1:03d}" for n in range(len(houses))], shapes, middle, middle, radius, mine
    )


def _place(houses):
    numbers, board = _numbers(houses), Board(FRAME)
    board.own(rings_of(shapely.get_coordinates(s) for s in numbers.shapes), rings_of([]))
    return numbers, numbers_on(board, numbers, FACE)


def _boxes(numbers, placed):
    return [
        shapely.box(*text_box(p.x, p.y, FACE.width(words, p.size), p.size))
        for words, p in zip(numbers.words, placed, strict=True) if p is not None
    ]  # fmt: skip


@given(st.lists(house, min_size=1, max_size=25))
@settings(max_examples=40, deadline=None)
def test_numbers_never_overlap_and_stay_in_the_frame(houses):
    numbers, placed = _place(houses)
    boxes = _boxes(numbers, placed)
    tree = shapely.STRtree(boxes)
    a, b = tree.query(boxes, predicate="intersects")
    over = shapely.area(shapely.intersection(np.array(boxes)[a], np.array(boxes)[b]))[a != b]
    assert not (over > 1e-9).any()
    assert all(shapely.contains(shapely.box(*FRAME), boxes))
    assert all(p.size >= 6.0 for p in placed if p is not None)


def test_a_number_stands_on_a_building_that_has_room_and_beside_one_that_has_not():
    _, (large, small) = _place([(60, 100, 8, 8), (100, 100, 0.8, 0.8)])
    assert large.leader is None and (large.x, large.y) == (64, 104)
    assert small.leader == (100.4, 100.4)


def test_a_building_drawn_twice_gets_both_its_numbers():
    _, placed = _place([(60, 100, 8, 8), (60, 100, 8, 8)])
    assert None not in placed


def test_more_numbers_than_there_is_room_for_are_not_hidden():
    _, placed = _place([(40 + 0.2 * n, 80, 0.2, 0.2) for n in range(150)])
    assert placed.count(None) > 0


def test_furniture_is_never_written_over():
    board = Board(FRAME)
    board.take([Box(100, 100, 120, 120)])
    assert spread(board, np.array([(110.0, 110.0)]), 6.0, 7.0) is None
    assert not board.free([Box(0, 0, 1, 1)])


def test_a_street_name_is_upright_and_beside_a_line_it_may_not_hide():
    board = Board(FRAME)
    street = np.array([(100.0, 240.0), (100.0, 80.0)])
    board.own(rings_of([]), rings_of([[(100.0, 80.0), (100.0, 240.0)]]))
    placed = along(board, street, 12.0, 7.5)
    assert -90 <= placed.angle <= 90
    assert abs(placed.x - 100) > 2.0


def test_lines_of_words_fit_their_width_and_keep_every_letter():
    words = "东至人民路，南至 Riverside Road，西至学府路。"
    lines = FACE.wrapped(words, 7.0, 24.0)
    assert "".join(lines).replace(" ", "") == words.replace(" ", "")
    assert all(FACE.width(line.rstrip("，。"), 7.0) <= 24.0 for line in lines)
    assert FACE.cut("人民路一百二十号", 7.0, 10.0).endswith("…")


def test_ink_tells_what_it_drew_and_what_the_font_lacks():
    ink = Ink(FACE)
    ink.encode(tidy("人口\u2f08\u2f1d"))
    ink.encode("\ue123")
    assert list(ink.drawn.values())[:2] == ["人", "口"]
    assert ink.missing == {"\ue123"}
    assert tidy("⼈⼝\n普查\x00") == "人口 普查"


@given(
    words=st.text(
        st.characters(codec="utf-8") | st.sampled_from(" \n\u2f08\u3000\u00a0"), max_size=8
    )
)
@settings(max_examples=200, deadline=None)
def test_words_fit_to_be_set_are_one_line_without_radicals_and_left_as_they_are(words):
    found = tidy(words)
    assert found == " ".join(found.split())
    assert not any(unicodedata.category(c)[0] == "C" or "\u2f00" <= c <= "\u2fdf" for c in found)
    assert tidy(found) == found
    kept = [c for c in words if unicodedata.category(c)[0] not in "CZ"]
    assert unicodedata.normalize("NFKC", "".join(kept)) == unicodedata.normalize(
        "NFKC", found.replace(" ", "")
    )


def test_whose_building_is_where_is_told_from_any_number_of_them():
    """Thousands of specks above one another: the last one is seen, whatever its number."""
    board = Board(Box(0.0, 0.0, 10.0, 10.0))
    speck = np.array([(2.0, 2.0), (4.0, 2.0), (4.0, 4.0), (2.0, 4.0), (2.0, 2.0)])
    for count in (1, 32_767, 32_768, 70_000):
        board.own(Rings(np.tile(speck, (count, 1)), np.full(count, len(speck))), rings_of([]))
        assert board.owner.max() == count
        assert not (board.owner < 0).any()
        assert board.price(Box(2.0, 2.0, 4.0, 4.0), count) == 0
        assert board.price(Box(2.0, 2.0, 4.0, 4.0), 1) == (0 if count == 1 else 64)


def _drawn_neighbour(width, foreign):
    page = DisplayList(100, 100)
    draft = Draft(page, default_face(), "zh")
    found = _neighbour(
        draft, Board(Box(0, 0, 100, 100)), box(10, 10, 10 + width, 60), "001", foreign
    )
    return found, [item.words for item in page.items if item.words]


def test_a_serial_of_another_district_never_stands_alone():
    called = ["东风村民委员会", "(004)"]
    assert _drawn_neighbour(40, called) == (True, ["001", "东风村民委员会"])
    assert _drawn_neighbour(10, called) == (True, ["001", "(004)"])
    assert _drawn_neighbour(3, called) == (False, [])
    assert _drawn_neighbour(10, []) == (True, ["001"])
