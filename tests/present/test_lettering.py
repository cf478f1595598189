"""The letter of a detail stands by its frame, and on no other words while there is room along it."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from census_gis.present import style
from census_gis.present.display import Box, DisplayList, Words
from census_gis.present.fonts import default_face
from census_gis.present.furniture import Draft
from census_gis.present.labels import Board, text_box
from census_gis.present.lettering import lettered_frame

FACE = default_face()


@given(st.lists(st.tuples(st.integers(20, 50), st.integers(20, 50)), min_size=2, max_size=8))
@settings(max_examples=40, deadline=None)
def test_letters_of_details_side_by_side_never_overlap(corners):
    page, board = DisplayList(100, 100), Board(Box(0, 0, 100, 100))
    draft = Draft(page, FACE, "zh")
    frames = [Box(x, y, x + 12, y + 12) for x, y in corners]
    for letter, frame in zip("ABCDEFGH", frames, strict=False):
        lettered_frame(draft, board, frame, letter)
    said = [item for item in page.items if isinstance(item, Words)]
    assert [item.words for item in said] == list("ABCDEFGH"[: len(frames)])
    size = style.DETAIL_LETTER.size
    boxes = np.array(
        [shapely.box(*text_box(w.x, w.y, FACE.width(w.words, size), size)) for w in said]
    )
    for n, one in enumerate(boxes):
        assert shapely.distance(one, shapely.box(*frames[n])) < 2.0
        assert not (shapely.area(shapely.intersection(one, boxes[:n])) > 1e-9).any()
