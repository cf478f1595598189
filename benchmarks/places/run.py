"""Plan every real place and check each plan from outside: a table of exit codes, shares and seconds.

    python benchmarks/places/run.py [PLACE ...]

Places are read from CENSUS_GIS_DATA (default ../shared/data beside the project); VERIFY_PLAN names a
checker that reads only files (default ../shared/tools/verify_plan.py). UNTIL is the last step to run
(default report; staff stops before the pictures).
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DATA = Path(os.environ.setdefault("CENSUS_GIS_DATA", str(ROOT.parent / "shared" / "data")))
VERIFY = Path(os.environ.get("VERIFY_PLAN", ROOT.parent / "shared" / "tools" / "verify_plan.py"))
UNTIL = os.environ.get("UNTIL", "report")
# Every layer whose lines an EA line may follow, as they are called in the real places.
LINES = ("roads", "railways", "water", "water_lines", "landuse")
SHOWN = (
    "districts", "eas", "persons_eas", "persons_min", "persons_max", "in_20pct", "in_band_or_excused",
    "persons_share_ok", "excused_big", "excused_few", "follows_share",
    "follows_by_chance", "polsby_popper",
)  # fmt: skip


def run(project: Path) -> dict[str, object]:
    """One place: plan, maps, web and report, then the outside check."""
    begin = time.perf_counter()
    command = [
        sys.executable,
        "-m",
        "census_gis.cli",
        "run",
        str(project),
        "--until",
        UNTIL,
        "--quiet",
        "--json",
        "--fresh",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - begin
    row: dict[str, object] = {
        "place": project.stem,
        "exit": done.returncode,
        "seconds": round(seconds, 1),
    }
    plan = ROOT / "outputs" / "places" / project.stem / "plan.gpkg"
    if done.returncode not in (0, 1):
        return {**row, "said": done.stderr.strip()[-300:]}
    return {**row, **verify(project, plan)}


def verify(project: Path, plan: Path) -> dict[str, object]:
    """What the checker measures of a plan."""
    source = project.stem.replace("_never", "").replace("_always", "")
    own = DATA / source / f"{source}.gpkg"
    file = own if own.is_file() else own.with_name("buildings_truth.gpkg")
    out = plan.with_name("verify.json")
    given = [name for name in LINES if f'"{name}"' in project.read_text("utf-8")]
    roads = [f"{file}:{name}" for name in given]
    command = [sys.executable, str(VERIFY), str(plan), "--buildings", f"{file}:buildings",
               "--districts", f"{file}:district", "--json", str(out)]  # fmt: skip
    subprocess.run(
        [*command, *(["--roads", *roads] if roads else [])], capture_output=True, check=False
    )
    figures = json.loads(out.read_text("utf-8"))
    return {**{key: figures.get(key) for key in SHOWN}, "broken": figures["broken"]}


def main() -> int:
    asked = sys.argv[1:]
    projects = [p for p in sorted(HERE.glob("*.toml")) if not asked or p.stem in asked]
    rows = []
    for project in projects:
        rows.append(run(project))
        print(json.dumps(rows[-1], ensure_ascii=False), flush=True)
    bad = [row["place"] for row in rows if row.get("broken") or row["exit"] not in (0, 1)]
    print(f"{len(rows) - len(bad)} of {len(rows)} places in order", *bad)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
