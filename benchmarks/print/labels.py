"""How words stand on the sheets of real places: overlaps, lost and led-out numbers, CPU time.

    python benchmarks/print/labels.py [PLACE ...]

Places are read from CENSUS_GIS_DATA (default ../shared/data beside the project). Their plans are taken
from PLANS (default outputs/places) and made there with `census-gis run --until plan` where there is none.
The words are measured on the finished page, by another method than they were placed: rotated boxes of
what is drawn, as polygons.
"""

import json
import os
import pathlib
import subprocess
import sys
import time
from dataclasses import dataclass, field

import numpy as np
import shapely

from census_gis.present import details, sheet, style
from census_gis.present.display import POINT_MM, Path, Words
from census_gis.present.fonts import default_face
from census_gis.present.layers import read_layers
from census_gis.present.layout import Paper
from census_gis.present.order import Order
from census_gis.present.outputs import language_of
from census_gis.store.geopackage import read_tables

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
os.environ.setdefault("CENSUS_GIS_DATA", str(ROOT.parent / "shared" / "data"))
PLANS = pathlib.Path(os.environ.get("PLANS", ROOT / "outputs" / "places"))
PLACES = ("liechtenstein", "monaco", "singapore_punggol", "beijing_haidian")
PAPER = ("A4", 15.0, 35.0)
# What of an em is black: digits and capitals, Chinese characters.
LATIN_EM, CHINESE_EM = 0.72, 0.88
LED_OUT_SHARE, FEW = 0.05, 3  # as the sheets are divided by
FACE = default_face()
LABELLERS = ("lettering_of", "letter_numbers", "letter_around")


@dataclass
class Tally:
    """What was counted of one place."""

    sheets: int = 0
    maps: int = 0
    numbers: int = 0
    led_out: int = 0
    on_own: int = 0
    standing: int = 0
    dropped: int = 0
    others: int = 0
    others_dropped: int = 0
    overlaps: int = 0
    outside: int = 0
    undivided: int = 0
    over: int = 0
    worst_led_share: float = 0.0
    least: float = 99.0
    label_s: float = 0.0
    compose_s: float = 0.0
    where: list = field(default_factory=list)


def timed(tally: Tally, function):
    """The same function, its CPU seconds added to the tally."""

    def run(*args, **kwargs):
        begin = time.process_time()
        try:
            return function(*args, **kwargs)
        finally:
            tally.label_s += time.process_time() - begin

    return run


def box_of(item: Words):
    """The rectangle of what is drawn of some words, turned as they are."""
    em = CHINESE_EM if any(ord(c) > 0x2E80 for c in item.words) else LATIN_EM
    size = item.type.size
    w, h = FACE.width(item.words, size), size * POINT_MM * em
    corners = np.array([(-w, -h), (w, -h), (w, h), (-w, h)]) / 2
    turn = np.radians(item.angle)
    c, s = np.cos(turn), np.sin(turn)
    return shapely.polygons(corners @ np.array([(c, s), (-s, c)]) + (item.x, item.y))


def leaders_of(items) -> np.ndarray:
    """Where leader lines begin: on the building a number was led out of."""
    lines = [
        item.rings.xy[::2] for item in items if isinstance(item, Path) and item.pen == style.LEADER
    ]
    return np.concatenate(lines) if lines else np.empty((0, 2))


def measure(tally: Tally, layers, code: str, maps) -> None:
    """Count what stands on the maps of one sheet."""
    rows = np.flatnonzero((layers.buildings.rows["ea_code"] == code).to_numpy())
    standing = rows[~shapely.is_missing(layers.buildings.shapes[rows])]
    labels = layers.buildings.rows["number"].to_numpy()
    tally.sheets += 1
    for one in maps:
        tally.maps += 1
        words = [item for item in one.overlay.items if isinstance(item, Words)]
        boxes = np.array([box_of(item) for item in words], dtype=object)
        tree = shapely.STRtree(boxes)
        a, b = tree.query(boxes, predicate="intersects")
        over = shapely.area(shapely.intersection(boxes[a], boxes[b]))[a < b] > 1e-3
        tally.overlaps += int(over.sum())
        tally.where += [
            (code, one.letter, words[i].words, words[j].words)
            for i, j in zip(a[a < b][over], b[a < b][over], strict=True)
        ]
        tally.outside += int((~shapely.contains(shapely.box(*one.view.frame), boxes)).sum())
        tally.least = min([tally.least, *(item.type.size for item in words)])
        tally.others += one.done.others
        tally.others_dropped += one.done.others_dropped
        shapes = one.view.on_paper(layers.buildings.shapes[standing])
        spots: dict[str, list] = {}
        for item in words:
            spots.setdefault(item.words, []).append((item.x, item.y))
        starts = leaders_of(one.overlay.items)
        for i in np.flatnonzero(one.wanted).tolist():
            at = spots.get(labels[standing[i]], [])
            if len(starts) and shapely.dwithin(shapes[i], shapely.points(starts), 0.01).any():
                continue
            tally.standing += 1
            tally.on_own += bool(at) and shapely.contains_xy(shapes[i], np.array(at)).any()
    # A number on its building in a detail is not led out.
    wanted, lost, led_out = details.placed_on(maps)
    numbers, led = int((wanted & ~lost).sum()), int(led_out.sum())
    tally.numbers += numbers
    tally.led_out += led
    tally.dropped += int(lost.sum())
    share = led / max(numbers, 1)
    tally.worst_led_share = max(tally.worst_led_share, share if led > FEW else 0.0)
    over = share > LED_OUT_SHARE and led > FEW
    tally.undivided += over and len(maps) == 1
    tally.over += over and len(maps) > 1


def place(name: str) -> Tally:
    """All sheets of one place."""
    plan = PLANS / name / "plan.gpkg"
    if not plan.is_file():
        project = ROOT / "benchmarks" / "places" / f"{name}.toml"
        command = [sys.executable, "-m", "census_gis.cli", "run", str(project), "--out",
                   str(plan.parent), "--until", "plan", "--quiet"]  # fmt: skip
        subprocess.run(command, check=False)
    tables = read_tables(plan)
    language = language_of(tables)
    order = Order(Paper(*PAPER), language, FACE)
    tally, seen = Tally(), []
    plain = {label: getattr(details, label) for label in LABELLERS}
    letter_maps = sheet.letter_maps
    for label, function in plain.items():
        setattr(details, label, timed(tally, function))
    sheet.letter_maps = lambda *args: seen.append(args[-1]) or letter_maps(*args)
    for code in sorted(tables["districts"]["district_code"].astype(str)):
        layers = read_layers(tables, code, language)
        for _, ea in layers.eas.iterrows():
            if ea["geometry"] is None or ea["geometry"].is_empty:
                continue
            begin = time.process_time()
            sheet.ea_sheet(layers, ea, order)
            tally.compose_s += time.process_time() - begin
            measure(tally, layers, str(ea["ea_code"]), seen.pop())
    for label, function in plain.items():
        setattr(details, label, function)
    sheet.letter_maps = letter_maps
    return tally


def row(name: str, tally: Tally) -> str:
    """A line of the table."""
    n = max(tally.numbers, 1)
    return (
        f"| {name} | {tally.sheets} | {tally.maps} | {tally.numbers} | {tally.overlaps} | {tally.outside} | "
        f"{tally.dropped} | {100 * tally.on_own / max(tally.standing, 1):.1f} % | "
        f"{tally.led_out} ({100 * tally.led_out / n:.1f} %) | {tally.undivided} | {tally.over} | "
        f"{tally.others} / {tally.others_dropped} | {tally.least:.1f} | "
        f"{1000 * tally.label_s / max(tally.sheets, 1):.1f} | {1000 * tally.compose_s / max(tally.sheets, 1):.1f} |"
    )


def main() -> int:
    """Print the table; exit 1 where an aim is missed."""
    head = ("place", "sheets", "maps", "numbers", "overlaps", "outside frame", "dropped",
            "not led out: centred on own building", "led out", "sheets with > 3 and > 5 % led out, not divided",
            "the same, though divided", "other words / without place", "smallest pt", "labels CPU ms a sheet", "compose CPU ms a sheet")  # fmt: skip
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    bad = []
    for name in sys.argv[1:] or PLACES:
        tally = place(name)
        print(row(name, tally), flush=True)
        bad += tally.where[:5]
        if tally.overlaps or tally.dropped or tally.outside or tally.undivided:
            bad.append(name)
    print(
        f"\nload {os.getloadavg()[0]:.1f}",
        *(json.dumps(b, ensure_ascii=False) for b in bad),
        sep="\n",
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
