"""`census-gis demo` and `synth`: make an example place, and do the whole main job on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from census_gis import synthetic
from census_gis.errors import ConfigError
from census_gis.language import Text
from census_gis.runner.again import books_again
from census_gis.runner.books import Wish
from census_gis.runner.main import Options, RunResult, run_project
from census_gis.runner.progress import Progress

__all__ = ["Place", "forecast", "make_place", "run_demo"]


@dataclass(frozen=True)
class Place:
    """Size of a made-up place; `townships` None: one for each 36 districts."""

    districts: int
    persons: int
    townships: int | None = None
    seed: int = 7


BOOKS = 3
IMAGERY = 1
SCALES = {
    "village": Place(2, 3_000),
    "street": Place(34, 160_000),
    "county": Place(1_250, 1_756_000),  # Tengzhou report, 2020
}
MAKING = Text("making the example", "生成示例")
FORECAST = Text(
    "A county of 1,250 districts takes about {minutes} minutes on two cores and {gigabytes} GB of disk in {folder}.",
    "全县 1,250 个普查区：双核约需 {minutes} 分钟，占用磁盘约 {gigabytes} GB（{folder}）。",
)
MINUTES, GIGABYTES = 25, 2  # carried over from 40 districts on two busy cores


def forecast(scale: str, folder: Path) -> Text | None:
    """How long an example takes and how large it gets, where that is worth saying beforehand."""
    if scale != "county":
        return None
    return FORECAST.format(minutes=MINUTES, gigabytes=GIGABYTES, folder=folder)


def make_place(
    place: Place, folder: Path, *, imagery: int, progress: Progress
) -> synthetic.Summary:
    """Write a made-up place township by township.

    Raises
    ------
    ConfigError
        If there cannot be such a place.
    """
    towns = synthetic.townships(
        districts=place.districts, persons=place.persons, seed=place.seed, count=place.townships
    )
    progress.step(MAKING, synthetic.township_count(place.districts, place.townships))
    made = synthetic.write_all(
        towns, folder, imagery=imagery, told=lambda town: progress.advance(town.name)
    )
    progress.done()
    return made


def run_demo(
    folder: Path, *, scale: str, workers: int | None, now: str, progress: Progress
) -> RunResult:
    """Write the example under ``folder/input`` and its plan under ``folder``.

    Map books are made for three districts, plain, and for one with imagery behind it; the others are
    one command away (`census-gis maps`).

    Raises
    ------
    ConfigError
        If there is no such scale.
    """
    if scale not in SCALES:
        raise ConfigError(
            Text(f"there is no scale '{scale}'.", f"没有规模“{scale}”。"),
            where="--scale", fix=Text(f"use {' or '.join(SCALES)}.", f"请用 {' 或 '.join(SCALES)}。"),
        )  # fmt: skip
    made = make_place(SCALES[scale], folder / "input", imagery=IMAGERY, progress=progress)
    codes = made.codes[:BOOKS]
    options = Options(out=folder, workers=workers, books=codes)
    result = run_project(made.project, now=now, options=options, progress=progress)
    if result.exit_code in (0, 1):
        books_again(folder / "plan.gpkg", out=None, areas=(), districts=codes[:IMAGERY],
                    imagery=True, wish=Wish(), workers=1)  # fmt: skip
    return result
