"""`census-gis demo`: make the example place and do the whole main job on it."""

from __future__ import annotations

from pathlib import Path

from census_gis import synthetic
from census_gis.errors import ConfigError
from census_gis.language import Text
from census_gis.runner.again import books_again
from census_gis.runner.main import Options, RunResult, run_project
from census_gis.runner.progress import Progress

__all__ = ["run_demo"]

BOOKS = 3
IMAGERY = 1
SCALES = ("village", "street")
MAKING = Text("making the example", "生成示例")


def run_demo(
    folder: Path, *, scale: str, workers: int | None, now: str, progress: Progress
) -> RunResult:
    """Write the example under ``folder/input`` and its plan under ``folder``.

    Map books are made for three districts, plain, and for one with imagery behind it; the others are
    one command away (`census-gis maps`).
    """
    if scale not in SCALES:
        raise ConfigError(
            Text(f"there is no scale '{scale}'.", f"没有规模“{scale}”。"),
            where="--scale", fix=Text(f"use {' or '.join(SCALES)}.", f"请用 {' 或 '.join(SCALES)}。"),
        )  # fmt: skip
    progress.step(MAKING, 0)
    town = synthetic.street() if scale == "street" else synthetic.county(districts=2, persons=3_000)
    project = synthetic.write(town, folder / "input", imagery=IMAGERY)
    progress.done()
    codes = tuple(sorted(town.districts["district_code"]))[:BOOKS]
    options = Options(out=folder, workers=workers, books=codes)
    result = run_project(project, now=now, options=options, progress=progress)
    if result.exit_code in (0, 1):
        books_again(folder / "plan.gpkg", out=None, areas=(), districts=codes[:IMAGERY], paper="",
                    imagery=True, workers=1)  # fmt: skip
    return result
