"""Maps and web pages made again from a finished plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pandas as pd

from census_gis.errors import ConfigError
from census_gis.inputs.imagery import open_images
from census_gis.language import Text
from census_gis.model import Image
from census_gis.present.press import Printing
from census_gis.present.titles import language_of
from census_gis.runner import pool
from census_gis.runner.books import Maps, Wish, write_maps
from census_gis.runner.plan_file import open_plan

if TYPE_CHECKING:
    from census_gis.present.web import Audience

__all__ = ["books_again", "images_of", "web_again"]

AUDIENCES = ("public", "office", "field")
PAPER_AUDIENCES = ("office", "field")
KINDS = ("plan", "base", "blank")
MOST_COPIES = 20


def books_again(
    plan: Path, *, out: Path | None, areas: Sequence[str], districts: Sequence[str], imagery: bool,
    wish: Wish, workers: int | None,
) -> Maps:  # fmt: skip
    """Map books of the districts, or only sheets of the EAs, asked for; all when none is.

    Parameters
    ----------
    plan
        plan.gpkg.
    out
        Folder of the books; beside the plan where None.
    areas, districts
        Codes.
    imagery
        Whether to lay the plan's imagery under the maps.
    wish
        How they are printed; its images and areas are filled in here.

    Raises
    ------
    ConfigError
        For an option that is not known, or imagery the plan does not have.
    InputError
        For a damaged plan, or an image that is gone.
    """
    tables = open_plan(plan, ("districts", "enumeration_areas", "settings"))
    printing = wish.printing
    if printing.paper not in ("", "A4", "A3"):
        raise _option("--paper", printing.paper, ("A4", "A3"))
    if printing.audience not in PAPER_AUDIENCES:
        raise _option("--audience", printing.audience, PAPER_AUDIENCES)
    if printing.kind not in KINDS:
        raise _option("--kind", printing.kind, KINDS)
    if not 1 <= printing.copies <= MOST_COPIES:
        raise _option("--copies", str(printing.copies), ("1", "2", str(MOST_COPIES)))
    known = tables["enumeration_areas"].set_index("ea_code")["district_code"]
    for option, asked, codes in (
        ("--ea", areas, known.index),
        ("--district", districts, tables["districts"]["district_code"]),
    ):
        strange = [code for code in asked if code not in set(codes)]
        if strange:
            raise _option(option, strange[0], tuple(codes[:5]))
    chosen = set(districts) | {known[code] for code in areas}
    codes = [code for code in tables["districts"]["district_code"] if not chosen or code in chosen]
    folder = (out or plan.parent / _folder(printing, imagery=imagery)).absolute()
    images = images_of(tables, plan) if imagery else ()
    wish = replace(wish, printing=replace(printing, images=images, areas=tuple(areas) or None))
    return write_maps(plan, folder, districts=codes, wish=wish, workers=workers or pool.cores())


def _folder(printing: Printing, *, imagery: bool) -> str:
    """Books for different hands or eyes do not replace each other."""
    kind = "" if printing.kind == "plan" else f"-{printing.kind}"
    return f"maps{kind}" + "-field" * (printing.audience == "field") + "-imagery" * imagery


def web_again(
    plan: Path, *, out: Path | None, audience: str, imagery: bool, districts: Sequence[str] = ()
) -> Path:
    """A web map for an audience, of some districts or all, in a folder of its own."""
    if audience not in AUDIENCES:
        raise _option("--audience", audience, AUDIENCES)
    from census_gis.present.web import web_page  # web maps load much that paper does not need

    tables = open_plan(plan)
    known = tables["districts"]["district_code"]
    strange = [code for code in districts if code not in set(known)]
    if strange:
        raise _option("--district", strange[0], tuple(known[:5]))
    folder = (
        out or plan.parent / ("web" if audience == "office" else f"web-{audience}")
    ).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "index.html"
    web_page(tables, page, language=language_of(tables), audience=cast("Audience", audience),
             images=images_of(tables, plan) if imagery else (), districts=districts)  # fmt: skip
    return page


def images_of(tables: Mapping[str, pd.DataFrame], plan: Path) -> tuple[Image, ...]:
    """The imagery a plan names in its settings.

    Raises
    ------
    ConfigError
        If the plan names none.
    """
    settings = tables["settings"].set_index("key")["value"]
    paths = [key for key in settings.index if key.startswith("image.") and key.endswith(".path")]
    if not paths:
        raise ConfigError(
            Text("this plan knows no imagery.", "该方案没有影像。"),
            where=str(plan),
            fix=Text("add [inputs.imagery] to the project file and run again.",
                     "在项目文件中加入 [inputs.imagery] 后重新运行。"),
        )  # fmt: skip
    first = paths[0].removesuffix(".path")
    source = tables["settings"].set_index("key")["source"][paths[0]]
    files = [(plan.parent / str(settings[key])).resolve() for key in sorted(paths)]
    images, _ = open_images(files, taken=settings.get(f"{first}.taken") or "", source=source or "")
    return images


def _option(option: str, value: str, known: Sequence[str]) -> ConfigError:
    return ConfigError(
        Text(f"'{value}' is not known.", f"“{value}”无效。"),
        where=option,
        fix=Text(f"use for example {', '.join(known)}.", f"可用：{'、'.join(known)}。"),
    )
