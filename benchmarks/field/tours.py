"""Rounds against LKH (elkai) and pyvrp in the same run, and what the street adds to the straight line.

    python benchmarks/field/tours.py PLAN.gpkg ... [--most 40] [--pyvrp]

Needs elkai, and pyvrp for --pyvrp, in an environment of its own; neither is a dependency. For EAs of each
plan, a spread sample of at most --most of 4 doors and more: our round over theirs on the same metres, CPU
milliseconds of each, and the length of the round over that of the straight-line round of the same doors.
"""

import argparse
import time
from pathlib import Path

import elkai
import numpy as np

from census_gis.field.doors import doors_of
from census_gis.field.streets import street_graph, walkable
from census_gis.field.tours import length_of, shortest_round
from census_gis.field.walking import DIVIDES, Ground, Pace, hops_between
from census_gis.field.work import Near
from census_gis.profile import load_profile
from census_gis.store.geopackage import read_tables

LAYERS = ("enumeration_areas", "dwelling_parts", "context_lines", "context_areas")


def samples(path, most):
    tables = read_tables(path, LAYERS)
    near = Near({name: tables[name] for name in ("context_lines", "context_areas")})
    pace = Pace.of(load_profile("cn2020"))
    found = []
    for _code, own in tables["dwelling_parts"].groupby("district_code"):
        around = near.around(own)
        lines = around["context_lines"]
        shut = np.concatenate(
            [f.geometry.to_numpy()[f["source"].isin(DIVIDES)] for f in around.values()]
        )
        streets = street_graph(lines.geometry.to_numpy()[walkable(lines)], shut, gap_m=pace.yard_m)
        doors = doors_of(own, streets)
        ground = Ground(doors, streets, shut, pace)
        ea = own["ea_code"].to_numpy(object)[doors.part[doors.first[:-1]]]
        found += [(ground, np.flatnonzero(ea == e)) for e in np.unique(ea) if (ea == e).sum() >= 4]
        if len(found) > 20 * most:
            break
    return [found[i] for i in np.linspace(0, len(found) - 1, min(most, len(found))).astype(int)]


def lkh(hops):
    scaled = np.rint(hops * 1000).astype(int)
    return np.array(elkai.DistanceMatrix(scaled.tolist()).solve_tsp(runs=3)[:-1])


def vrp(hops):
    import pyvrp

    model = pyvrp.Model()
    places = [model.add_location(x=0, y=0) for _ in range(len(hops))]
    model.add_depot(places[0])
    for place in places[1:]:
        model.add_client(place)
    model.add_vehicle_type(1)
    for i, one in enumerate(places):
        for j, other in enumerate(places):
            if i != j:
                model.add_edge(one, other, distance=round(hops[i, j] * 1000))
    return model.solve(pyvrp.stop.MaxIterations(300), display=False, seed=1).cost() / 1000


def timed(work, *args, **more):
    begin = time.process_time()
    done = work(*args, **more)
    return done, 1e3 * (time.process_time() - begin)


def main():
    ask = argparse.ArgumentParser()
    ask.add_argument("plans", nargs="+", type=Path)
    ask.add_argument("--most", type=int, default=40)
    ask.add_argument("--pyvrp", action="store_true")
    given = ask.parse_args()
    shortest_round(np.abs(np.subtract.outer(np.arange(20.0), np.arange(20.0))), seed=1)
    for path in given.plans:
        rows = []
        for ground, mine in samples(path, given.most):
            hops, _ = hops_between(ground, mine)
            ours, ms = timed(shortest_round, hops, seed=7)
            theirs, their_ms = timed(lkh, hops)
            best, metres = length_of(hops, theirs), length_of(hops, ours)
            x, y = ground.doors.x[mine], ground.doors.y[mine]
            air = np.hypot(x[:, None] - x, y[:, None] - y)
            flat = length_of(air, shortest_round(air, seed=7))
            over, vrp_ms = np.nan, np.nan
            if given.pyvrp and len(mine) >= 20:
                cost, vrp_ms = timed(vrp, hops)
                over = metres / cost
            rows.append(
                (len(mine), metres / best, ms, their_ms, metres / flat, over, vrp_ms, metres, flat)
            )
        n, ratio, ms, lkh_ms, street, over, vrp_ms, metres, flat = np.array(rows).T
        print(
            f"{path.parent.name}: {len(rows)} EAs, {n.mean():.0f} doors (most {n.max():.0f}); "
            f"ours / LKH mean {ratio.mean():.4f} worst {ratio.max():.4f}; CPU ms ours {ms.mean():.2f} LKH {lkh_ms.mean():.1f}; "
            f"round / straight-line round mean {street.mean():.2f} median {np.median(street):.2f} all {metres.sum() / flat.sum():.2f}"
        )
        if np.isfinite(over).any():
            print(
                f"  ours / pyvrp (300 iterations) mean {np.nanmean(over):.4f} worst {np.nanmax(over):.4f}; "
                f"CPU ms pyvrp {np.nanmean(vrp_ms):.0f}"
            )


if __name__ == "__main__":
    main()
