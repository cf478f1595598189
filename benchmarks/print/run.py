"""Sheets a second: our books, the QGIS atlas and plain matplotlib on the same EAs of one plan.

    python benchmarks/print/run.py PLAN [--sheets 100] [--imagery] [--without qgis,matplotlib]
    python benchmarks/print/run.py PLAN --all [--imagery] [--workers 2]

The first form prints the first EAs of the plan, one process each, one after the other in the same minute, and
compares pages a CPU second (user + system; reading layers and composing are counted for ours, opening layers
is not for QGIS; imports are counted for nobody). It also tells where our time goes. The second
form prints the whole plan as `census-gis maps` does and counts everything, imports included. One line of
JSON for each; --keep FOLDER keeps the PDFs.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

MATPLOTLIB_SHEETS = 20


def cpu(who=resource.RUSAGE_SELF):
    """CPU seconds."""
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def peak(who=resource.RUSAGE_SELF):
    """Largest process so far [MB]."""
    return round(resource.getrusage(who).ru_maxrss / 1024)


def line(what, pages, seconds, wall, size, **more):
    """One result."""
    rate = {"pages": pages, "cpu_s": round(seconds, 2), "wall_s": round(wall, 2),
            "pages_per_cpu_s": round(pages / seconds, 2), "kb_per_page": round(size / 1024 / pages, 1)}  # fmt: skip
    print(json.dumps({"what": what, **rate, **more, "load": os.getloadavg()[0]}), flush=True)


def chosen(plan, count):
    """Codes of the first EAs with a sheet, by district."""
    from census_gis.store.geopackage import read_tables

    areas = read_tables(plan, ("enumeration_areas",))["enumeration_areas"]
    drawn = areas[areas.geometry.notna()].sort_values("ea_code").head(count)
    return {code: tuple(rows["ea_code"]) for code, rows in drawn.groupby("district_code")}


def timed(spent, name, work):
    """`work`, its CPU seconds added to a name."""

    def counted(*args, **kwargs):
        start = cpu()
        try:
            return work(*args, **kwargs)
        finally:
            spent[name] = spent.get(name, 0.0) + cpu() - start

    return counted


def ours(plan, count, imagery, folder):
    """Books of the first EAs in this process, with the time of each stage."""
    from census_gis.present import book, details, dividing, press
    from census_gis.runner import near
    from census_gis.runner.again import images_of
    from census_gis.store.geopackage import read_tables

    spent = {}
    wanted = chosen(plan, count)
    tables = read_tables(plan, ("districts", "settings"))
    images = images_of(tables, plan) if imagery else ()
    book.read_layers = timed(spent, "layers", book.read_layers)
    book.ea_sheet = timed(spent, "composing", book.ea_sheet)
    details.number_map = dividing.number_map = timed(spent, "of it: numbers", details.number_map)
    details._letter = timed(spent, "of it: other words", details._letter)
    press.Press.add = timed(spent, "page streams", press.Press.add)
    press.Press.save = timed(spent, "font and file", press.Press.save)
    read = timed(spent, "reading", near.read_near)
    start, clock, pages, size = cpu(), time.perf_counter(), 0, 0
    sheets = 0
    for batch in near.batches(tables["districts"], list(wanted)):
        read_tables_ = read(plan, batch, tables["districts"].crs)
        for code in batch[0]:
            path = folder / f"{code}.pdf"
            printing = press.Printing(images=tuple(images), areas=wanted[code])
            report = book.printed_book(read_tables_, code, path, language="zh", printing=printing)
            pages, size, sheets = (
                pages + report.pages,
                size + path.stat().st_size,
                sheets + len(report.sheets),
            )
    seconds, wall = cpu() - start, time.perf_counter() - clock
    stages = {name: round(1000 * value / sheets, 1) for name, value in spent.items()}
    kind = "ours, imagery" if imagery else "ours"
    line(kind, pages, seconds, wall, size, sheets=sheets, sheets_per_cpu_s=round(sheets / seconds, 2),
         kb_per_sheet=round(size / 1024 / sheets, 1), peak_mb=peak(), ms_a_sheet=stages)  # fmt: skip


def plain_matplotlib(plan, count, folder):
    """The same display lists, drawn by matplotlib into one PDF; composing is counted."""
    from matplotlib.backends.backend_pdf import PdfPages

    from census_gis.present import book, press
    from census_gis.present.canvas import figure_of
    from census_gis.runner.near import batches, read_near
    from census_gis.store.geopackage import read_tables

    wanted = chosen(plan, min(count, MATPLOTLIB_SHEETS))
    districts = read_tables(plan, ("districts",))["districts"]
    path, pages = folder / "matplotlib.pdf", 0
    start, clock = cpu(), time.perf_counter()
    with PdfPages(path) as out:
        for batch in batches(districts, list(wanted)):
            tables = read_near(plan, batch, districts.crs)
            for code in batch[0]:
                layers = book.read_layers(tables, code, "zh")
                order = book.order_of(tables, "zh", press.Printing())
                for _, sheet in book._sheets(layers, order, wanted[code]):
                    for page in sheet.pages:
                        out.savefig(figure_of(page, order.face))
                        pages += 1
    line("matplotlib, same lists", pages, cpu() - start, time.perf_counter() - clock, path.stat().st_size,
         peak_mb=peak())  # fmt: skip


def qgis(plan, count, folder):
    """The QGIS atlas in its own process."""
    codes = [code for some in chosen(plan, count).values() for code in some]
    listed = folder / "codes.txt"
    listed.write_text("\n".join(codes))
    script = Path(__file__).with_name("qgis_atlas.py")
    done = subprocess.run(
        ["/usr/bin/python3", script, plan, listed, folder / "qgis.pdf"], capture_output=True, text=True,
        env={"PATH": "/usr/bin:/bin", "QT_QPA_PLATFORM": "offscreen", "HOME": str(folder)},
    )  # fmt: skip
    said = [row for row in done.stdout.splitlines() if row.startswith("{")]
    if not said:
        sys.exit(f"QGIS gave no result:\n{done.stderr[-2000:]}")
    print(json.dumps({**json.loads(said[-1]), "load": os.getloadavg()[0]}), flush=True)


def everything(plan, imagery, workers, folder):
    """All books of a plan as the command makes them."""
    clock = time.perf_counter()
    command = [sys.executable, "-m", "census_gis.cli", "maps", plan, "--out", folder, "--json",
               "--workers", str(workers), *(["--imagery"] * imagery)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if done.returncode not in (0, 1):
        sys.exit(done.stderr)
    seconds, wall = cpu(resource.RUSAGE_CHILDREN), time.perf_counter() - clock
    made = json.loads(done.stdout)["quality"]
    size = sum(one.stat().st_size for one in Path(folder).glob("[0-9]*.pdf"))
    line("census-gis maps, all", made["pages"], seconds, wall, size, sheets=made["sheets"], workers=workers,
         sheets_per_cpu_s=round(made["sheets"] / seconds, 2), peak_mb=peak(resource.RUSAGE_CHILDREN),
         kb_per_sheet=round(size / 1024 / made["sheets"], 1), exit=done.returncode,
         led_out=made["numbers_led_out"], dropped=made["numbers_dropped"])  # fmt: skip


def main():
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("plan", type=Path)
    parser.add_argument("--sheets", type=int, default=100)
    parser.add_argument("--imagery", action="store_true")
    parser.add_argument("--without", default="")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = (asked.keep or Path(scratch)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        plan, left = asked.plan.absolute(), asked.without.split(",")
        if asked.all:
            return everything(plan, asked.imagery, asked.workers, folder)
        ours(plan, asked.sheets, asked.imagery, folder)
        if "qgis" not in left and not asked.imagery:
            qgis(plan, asked.sheets, folder)
            ours_again = subprocess.run([sys.executable, __file__, plan, "--sheets", str(asked.sheets),
                                         "--without", "qgis,matplotlib"])  # fmt: skip
            if ours_again.returncode:
                sys.exit(ours_again.returncode)
        if "matplotlib" not in left and not asked.imagery:
            plain_matplotlib(plan, asked.sheets, folder)
    return None


if __name__ == "__main__":
    main()
