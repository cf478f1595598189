"""The measures of the fabric, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from census_gis.model import DISTRICT, LAND, OTHER, RAIL, ROAD, WATER

__all__ = ["BARRIER", "STANDARD", "WALL", "FabricSettings"]

# Edges that separate blocks, and edges of any kind.
BARRIER = ROAD | RAIL | WATER | LAND | DISTRICT | OTHER
WALL = 255


@dataclass(frozen=True)
class FabricSettings:
    """Steps, tolerances and thresholds, found by trial on eight real places.

    Attributes
    ----------
    district_step_m, wall_step_m, barrier_step_m : float
        Longest edge of the triangulation along each [m]. Walls every 4, 8 and 16 m gave EA lines of the
        same length and turning (Suzhou, 151.7-152.5 km); fewer points are faster.
    open_step_m, near_m : float
        Longest edge along barriers that no wall is nearer to than that [m]: with nobody beside it, where
        exactly a line leaves a road decides nothing.
    tolerance_mm : int
        Vertices and lines closer than this are joined [mm]: below what any survey of footprints resolves.
    reach_m : float
        Barriers are kept this far beyond the bounds of the district, so that they really cross its line [m].
    empty_area_m2, empty_width_m : float
        Ground that no building reaches is a cell of its own from this area [m2] and mean width [m] on;
        anything smaller is no place that one would send an enumerator to.
    strip_width_m, strip_perimeter_m : float
        Ground between two carriageways: at most this mean width, at least this perimeter [m].
    strip_road_share, strip_wall_share : float
        ... and at least this share of the rim that is no wall is road or rail, at most this share wall.
    strip_far_share : float
        ... and at most this share of the rim farther from across than that width: in a wedge that opens, the
        middle is a line nobody can find.
    lane_far_share : float
        ... and of the rim of lanes between parcels: a river bed may be among them, a square is no lane.
    long_strip_m : float
        Narrow ground with a longer perimeter [m] is shared along its middle instead of given away whole;
        middle lines through shorter ones gave hooks at every junction.
    across_barrier : float
        Weight of a metre of common border over a barrier when stray ground is given away.
    """

    district_step_m: float = 30.0
    wall_step_m: float = 16.0
    barrier_step_m: float = 15.0
    open_step_m: float = 60.0
    near_m: float = 50.0
    tolerance_mm: int = 50
    reach_m: float = 50.0
    empty_area_m2: float = 1_500.0
    empty_width_m: float = 12.0
    strip_width_m: float = 25.0
    strip_perimeter_m: float = 60.0
    strip_road_share: float = 0.85
    strip_wall_share: float = 0.15
    strip_far_share: float = 0.1
    lane_far_share: float = 0.25
    long_strip_m: float = 250.0
    across_barrier: float = 0.5


STANDARD = FabricSettings()
