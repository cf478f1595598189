"""Zones drawn by statistical offices beside ours, from the same smallest units, districts and numbers of zones.

    python benchmarks/partition/people/people.py --data FOLDER --out FOLDER

Needs `zones_providence_blocks.gpkg` and `zones_camden_oa.gpkg` under the data folder; draws one picture a place.
"""

import argparse
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.figure import Figure

from census_gis.areas.agreement import rim_lines
from census_gis.graph import components
from census_gis.partitioning.problem import Problem
from census_gis.partitioning.solve import solve

BAND = 0.2  # around the mean of each district
# Place: file, units, official zones, districts; column of persons in the units.
PLACES = {
    "Providence: 3,014 blocks into 154 block groups": (
        "zones_providence_blocks",
        "blocks",
        "ea_official",
    ),
    "Camden: 749 output areas into 133 LSOAs": ("zones_camden_oa", "ea_official", "lsoa"),
}


def read(data, name, units, zones):
    """Units with persons, and the number of the district and official zone each lies in most."""
    file = data / name / f"{name}.gpkg"
    frame = gpd.read_file(file, layer=units)
    column = next(c for c in ("population", "persons", "TOTPOP") if c in frame)
    frame = frame[[column, "geometry"]].rename(columns={column: "persons"})
    frame["persons"] = frame["persons"].astype(int)
    spots = shapely.point_on_surface(frame.geometry.to_numpy())
    for key, layer in (("district", "district"), ("official", zones)):
        shapes = gpd.read_file(file, layer=layer).to_crs(frame.crs).geometry.to_numpy()
        i, j = shapely.STRtree(shapes).query(spots, predicate="intersects")
        frame[key] = (
            pd.Series(j, index=i)
            .groupby(level=0)
            .min()
            .reindex(range(len(frame)))
            .fillna(-1)
            .astype(int)
        )
    return frame[(frame["district"] >= 0) & (frame["official"] >= 0)].reset_index(drop=True)


def borders(shapes):
    """Pairs of units with a common border, and its length [m]."""
    i, j = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    i, j = i[i < j], j[i < j]
    metres = shapely.length(shapely.intersection(shapes[i], shapes[j]))
    kept = metres > 0.5
    return i[kept], j[kept], metres[kept]


def divided(frame, seed):
    """Our zone of each unit: as many in each district as the office has, by the length of line alone."""
    label = np.full(len(frame), -1, np.int64)
    misfits, used = 0, 0
    for _, rows in frame.groupby("district"):
        at = rows.index.to_numpy()
        k = rows["official"].nunique()
        shapes = rows.geometry.to_numpy()
        a, b, metres = borders(shapes)
        persons = rows["persons"].to_numpy(np.int64)
        target = max(1, round(persons.sum() / k))
        problem = Problem(
            persons, a.astype(np.int32), b.astype(np.int32), np.maximum(np.rint(metres * 10), 1).astype(np.int64),
            np.zeros(len(at), bool), np.full(len(at), -1, np.int32),
            int(target * (1 - BAND)), target, int(np.ceil(target * (1 + BAND))), cap=10**9,
        )  # fmt: skip
        found = solve(problem, seed=seed, areas=k)
        label[at] = used + found.label
        used += int(found.label.max()) + 1
        misfits += len(found.misfits)
    return label, misfits


def measured(frame, label):
    """Figures of a division."""
    sizes = frame.groupby(label)["persons"].sum().to_numpy(float)
    zones = frame.assign(zone=label).dissolve(by="zone").geometry.to_numpy()
    mean = frame.assign(zone=label).groupby(["district", "zone"])["persons"].sum()
    off = np.abs(mean / mean.groupby("district").transform("mean") - 1)
    a, b, _ = borders(frame.geometry.to_numpy())
    same = label[a] == label[b]
    pieces, _ = components(len(frame), a[same], b[same])
    round_ = 4 * np.pi * shapely.area(zones) / shapely.length(zones) ** 2
    return {
        "zones": len(sizes), "mean": sizes.mean(), "least": sizes.min(), "most": sizes.max(), "CV": sizes.std() / sizes.mean(),
        "within 20 % of the district's mean": float((off <= BAND).mean()), "compactness": round_.mean(),
        "line between zones [km]": shapely.length(rim_lines(zones)).sum() / 1000, "pieces beyond one": pieces - len(sizes),
    }, zones  # fmt: skip


def picture(zones, title, path):
    figure = Figure(figsize=(13, 7), layout="constrained")
    for axes, (name, shapes) in zip(figure.subplots(1, 2), zones.items(), strict=True):
        frame = gpd.GeoDataFrame(geometry=shapes)
        frame.plot(
            ax=axes,
            column=np.arange(len(frame)) * 7 % 10,
            cmap="Set3",
            edgecolor="#333333",
            linewidth=0.5,
        )
        axes.set_title(name)
        axes.set_axis_off()
    figure.suptitle(title)
    figure.savefig(path, dpi=130)


def main():
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--data", type=Path, required=True)
    asked.add_argument("--out", type=Path, required=True)
    asked.add_argument("--seed", type=int, default=7)
    args = asked.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for title, (name, units, official) in PLACES.items():
        frame = read(args.data, name, units, official)
        begin = time.process_time()
        ours, misfits = divided(frame, args.seed)
        seconds = time.process_time() - begin
        made = {
            who: measured(frame, label)
            for who, label in (("office", frame["official"].to_numpy()), ("census_gis", ours))
        }
        table = pd.DataFrame({who: figures for who, (figures, _) in made.items()})
        print(
            f"{title}: {len(frame)} units, {frame['district'].nunique()} districts; {seconds:.1f} CPU s, {misfits} misfits"
        )
        print(table.round(3).to_string(), "\n")
        picture({who: zones for who, (_, zones) in made.items()}, title, args.out / f"{name}.png")


if __name__ == "__main__":
    main()
