"""Small jogs taken out of drawn lines: where a line crosses a street, or passes a corner of its sleeve.

A stroke of `strokes.straighten` never leaves the triangles its line crosses. Here a few strokes in a
row may become one that does, where nothing stands in between: no footprint, no other line. Checked
against the lines as they were, all such changes may be made at once: two of them can only meet if one
of the old lines enters the ground between the other's old and new course.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from census_gis.geometry.steps import repeated

__all__ = ["Course", "jogs"]

SPAN = 7  # most strokes that become one
LONGEST_M = 90.0
STRAY_M = 4.0  # how far the new stroke may pass from a point of the old course
STREET_M = 12.0  # most that may follow a street in between ...
STREET_SHARE = 0.5  # ... and as a share of the course: what follows a street goes on following it
CLEAR_M = 0.6  # least distance to a footprint, where the old course kept it
TURN_DEG = 12.0  # least that the line turns less ...
# ... or this much, with a sharp turn less, in so short a course, whatever it follows: a line that comes from a side
# street into a median need not run along the carriageway to a gap between its points first. As long as a median is wide.
HOOK_M, HOOK_DEG, SHARP_DEG = 24.0, 60.0, 60.0
# The same where it goes out and back, so far and so wide in the mean.
BACK_M, BACK_WIDE_M = 60.0, 2.0
HOOK_STRAY_M = 5.0  # what is no farther from a street than this still follows it
TOUCH_M, TOUCH_M2 = 0.05, 0.02  # a course that begins at a wall may touch that footprint, no more


class Course(NamedTuple):
    """The drawn points of all arcs in order.

    `xy` (n, 2) points [m]; `arc` (n,) arc of each; `street` (n,) metres from the start of all arcs that
    run along a barrier, cumulated; `free` (n,) points that may be taken out.
    """

    xy: NDArray[np.float64]
    arc: NDArray[np.int64]
    street: NDArray[np.float64]
    free: NDArray[np.bool_]


def jogs(course: Course, foot: NDArray[np.object_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Points of a course that may be left out together, and those where new strokes begin or end.

    Parameters
    ----------
    course : Course
    foot : polygons, shape (m,)
        Footprints no line may enter.

    Returns
    -------
    out, ends : bool, shape (n,)
    """
    start, end, gain = _candidates(course)
    out, ends = np.zeros(len(course.xy), bool), np.zeros(len(course.xy), bool)
    if not start.size:
        return out, ends
    ground = _ground(course, start, end)
    good = _clear_of_lines(course, start, end, ground)
    start, end, gain, ground = start[good], end[good], gain[good], ground[good]
    good = _clear_of_houses(course.xy[start], course.xy[end], ground, foot)
    start, end, gain = start[good], end[good], gain[good]
    taken = np.zeros(len(course.xy), bool)  # strokes that have been changed, by their first point
    for k in np.lexsort((start, start - end, -np.round(gain, 6))):
        if not taken[start[k] : end[k]].any():
            taken[start[k] : end[k]] = True
            out[start[k] + 1 : end[k]] = True
            ends[[start[k], end[k]]] = True
    return out, ends


class _Sums(NamedTuple):
    """What is summed along a course, so that a run of strokes is told by its first and last point.

    `along` (n,) metres; `angle` (n - 1,) direction of each stroke, `turn` (n,) how much the line turns at each
    point [degrees]; `held` (n + 1,) points before each that may not be taken out; `swept` (n,) twice the
    ground that rays from the first point pass [m2].
    """

    along: NDArray[np.float64]
    angle: NDArray[np.float64]
    turn: NDArray[np.float64]
    held: NDArray[np.int64]
    swept: NDArray[np.float64]


def _candidates(
    course: Course,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Runs of strokes whose ends could be joined: first point, last point, degrees saved."""
    sums = _sums(course)
    found = []
    for span in range(2, SPAN + 1):
        i, j = _runs(course, sums, span)
        easy, hook = _fitting(course, sums, (i, j))
        i, j, hook = i[easy | hook], j[easy | hook], hook[easy | hook]
        saved, fewer_sharp = _straighter(course, sums, (i, j))
        better = np.where(hook, (saved >= HOOK_DEG) & (fewer_sharp > 0), saved >= TURN_DEG)
        found.append((i[better], j[better], saved[better]))
    first, last, gain = (np.concatenate(column) for column in zip(*found, strict=True))
    return first, last, gain


def _sums(course: Course) -> _Sums:
    xy = course.xy
    step = np.diff(xy, axis=0)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*step.T))])
    angle = np.degrees(np.arctan2(step[:, 1], step[:, 0]))
    turn = np.concatenate([[0.0], np.abs(_wrap(np.diff(angle))), [0.0]])
    held = np.concatenate([[0], np.cumsum(~course.free)])
    swept = np.concatenate([[0.0], np.cumsum(_cross(xy[:-1] - xy[0], xy[1:] - xy[0]))])
    return _Sums(along, angle, turn, held, swept)


def _runs(course: Course, sums: _Sums, span: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Ends of runs of so many strokes within one arc, not too long, all points between free."""
    first = np.arange(max(len(course.xy) - span, 0))
    last = first + span
    free = sums.held[last] == sums.held[first + 1]
    short = sums.along[last] - sums.along[first] <= LONGEST_M
    some = free & short & (course.arc[first] == course.arc[last])
    return first[some], last[some]


def _fitting(
    course: Course, sums: _Sums, ends: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Runs (all of as many strokes) near enough to the stroke between their ends: over open ground, and as hooks."""
    xy, (i, j) = course.xy, ends
    way = xy[j] - xy[i]
    chord = np.hypot(*way.T)
    unit = way / np.maximum(chord, 1e-9)[:, None]
    length, street = sums.along[j] - sums.along[i], course.street[j] - course.street[i]
    open_ground = (street <= STREET_M) & (street <= STREET_SHARE * length)
    most = np.where(open_ground, STRAY_M, HOOK_STRAY_M)
    near = chord > 0.1
    for k in range(1, int(j[0] - i[0]) if len(i) else 0):
        away = xy[i + k] - xy[i]
        forth = (unit * away).sum(axis=1)
        near &= (np.abs(_cross(unit, away)) <= most) & (forth > -STRAY_M)
        near &= forth < chord + STRAY_M
    ground = np.abs(sums.swept[j] - sums.swept[i] + _cross(xy[j] - xy[0], xy[i] - xy[0])) / 2
    back = (length <= BACK_M) & (chord <= length / 3) & (ground <= BACK_WIDE_M * length / 2)
    easy = near & open_ground
    hook = (near & (length <= HOOK_M)) | (back & (chord > 0.1))
    return easy, hook & ~easy


def _straighter(
    course: Course, sums: _Sums, ends: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Degrees that the line would turn less with one stroke in place of each run, and sharp turns fewer."""
    n, (i, j) = len(course.xy), ends
    way = course.xy[j] - course.xy[i]
    angle = np.degrees(np.arctan2(way[:, 1], way[:, 0]))
    before = (i > 0) & (course.arc[i - 1] == course.arc[i])
    after = (j < n - 1) & (course.arc[np.minimum(j + 1, n - 1)] == course.arc[j])
    at_i = np.where(before, np.abs(_wrap(angle - sums.angle[i - 1])), 0.0)
    at_j = np.where(after, np.abs(_wrap(sums.angle[np.minimum(j, n - 2)] - angle)), 0.0)
    # What is counted at the points between, and at the ends where the line goes on.
    saved, fewer = (
        np.cumsum(own)[j - 1] - np.cumsum(own)[i] + own[i] * before + own[j] * after
        for own in (sums.turn, (sums.turn > SHARP_DEG).astype(np.float64))
    )
    return saved - at_i - at_j, fewer - (at_i > SHARP_DEG) - (at_j > SHARP_DEG)


def _cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])


def _wrap(angle: NDArray[np.float64]) -> NDArray[np.float64]:
    return (angle + 180.0) % 360.0 - 180.0


def _ground(
    course: Course, start: NDArray[np.int64], end: NDArray[np.int64]
) -> NDArray[np.object_]:
    """Hull of each run: all ground between the old course and the new."""
    count = end - start + 1
    index, nth = repeated(count)
    return np.asarray(
        shapely.convex_hull(shapely.linestrings(course.xy[start[index] + nth], indices=index))
    )


def _clear_of_lines(
    course: Course, start: NDArray[np.int64], end: NDArray[np.int64], ground: NDArray[np.object_]
) -> NDArray[np.bool_]:
    """Runs with no other line on the ground between the old course and the new."""
    first = np.flatnonzero(course.arc[1:] == course.arc[:-1])
    pairs = np.stack([course.xy[first], course.xy[first + 1]], axis=1)
    strokes = shapely.linestrings(pairs)
    run, stroke = shapely.STRtree(strokes).query(ground, predicate="intersects")
    strange = (first[stroke] < start[run]) | (first[stroke] >= end[run])
    run, stroke = run[strange], stroke[strange]
    # A line that leaves from an end of the run touches the ground there, and may do no more.
    tips = course.xy[np.column_stack([start[run], end[run]])]
    touch = (pairs[stroke][:, :, None] == tips[:, None, :]).all(axis=3).any(axis=(1, 2))
    good = np.ones(start.size, bool)
    good[run[~touch]] = False
    left = touch & good[run]
    run, stroke = run[left], stroke[left]
    common = shapely.length(shapely.intersection(strokes[stroke], ground[run]))
    good[run[common > 1e-6]] = False
    return good


def _clear_of_houses(
    tail: NDArray[np.float64],
    head: NDArray[np.float64],
    ground: NDArray[np.object_],
    foot: NDArray[np.object_],
) -> NDArray[np.bool_]:
    """Runs with no footprint on the ground between, and none too near the new stroke."""
    good = np.ones(len(tail), bool)
    if not len(tail) or not foot.size:
        return good
    tree = shapely.STRtree(foot)
    stroke = shapely.linestrings(np.stack([tail, head], axis=1))
    inside = tree.query(ground, predicate="intersects")
    beside = tree.query(stroke, predicate="dwithin", distance=CLEAR_M)
    run, house = np.unique(np.concatenate([inside, beside], axis=1), axis=1)
    tips = [shapely.points(at[run]) for at in (tail, head)]
    at_wall = np.minimum(*(shapely.distance(tip, foot[house]) for tip in tips)) <= TOUCH_M
    good[run[~at_wall]] = False
    left = at_wall & good[run]
    run, house = run[left], house[left]
    common = shapely.area(shapely.intersection(ground[run], foot[house]))
    good[run[common > TOUCH_M2]] = False
    return good
