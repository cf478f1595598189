"""Commands for paper and screen: maps, web, refresh."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from census_gis.cli.speech import (
    AsJson,
    Codes,
    Debug,
    Lang,
    Out,
    Quiet,
    Speech,
    Workers,
    app,
    listed,
    now,
)
from census_gis.language import Text

__all__ = ["of_books"]

LACKING = Text(
    "the font has no {characters}: these are printed as boxes.",
    "字体缺少这些字，印作方框：{characters}",
)
UNPLACED = Text(
    "{n} building numbers found no place on a map; they stand in the building tables.",
    "{n} 个建筑物编号在图上无处可放；建筑物表中仍有。",
)


@app.command()
def maps(
    plan: Annotated[Path, typer.Argument(help="plan.gpkg")],
    ea: Codes = "",
    district: Codes = "",
    paper: Annotated[str, typer.Option(help="A4 or A3")] = "",
    imagery: Annotated[bool, typer.Option("--imagery", help="imagery as background")] = False,
    out: Out = None,
    workers: Workers = 0,
    lang: Lang = "",
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Print map books. Example: census-gis maps plan.gpkg --district 310199001002 --imagery."""
    Speech.begin(lang, as_json, debug)
    from census_gis.runner.again import books_again

    made, books = books_again(plan.absolute(), out=out, areas=listed(ea), districts=listed(district),
                       paper=paper, imagery=imagery, workers=workers or None)  # fmt: skip
    of_books(books)
    record = {"books": [str(path) for path in made], "quality": books}
    Speech.result(record, "\n".join(str(path) for path in made))
    return 0


@app.command()
def web(
    plan: Annotated[Path, typer.Argument(help="plan.gpkg")],
    audience: Annotated[str, typer.Option(help="public, office or field")] = "public",
    imagery: Annotated[bool, typer.Option("--imagery", help="imagery as background")] = False,
    out: Out = None,
    lang: Lang = "",
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Make a web map. Example: census-gis web plan.gpkg --audience office."""
    Speech.begin(lang, as_json, debug)
    from census_gis.runner.again import web_again

    page = web_again(plan.absolute(), out=out, audience=audience, imagery=imagery)
    Speech.result({"page": str(page)}, str(page))
    return 0


@app.command()
def refresh(
    plan: Annotated[Path, typer.Argument(help="plan.gpkg")],
    workers: Workers = 0,
    lang: Lang = "",
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> int:
    """Make maps, web map and report again after a change. Example: census-gis refresh outputs/plan.gpkg."""
    Speech.begin(lang, as_json, debug)
    Speech.quiet = quiet
    from census_gis.cli.bar import Bar
    from census_gis.runner.refresh import refresh as make_again

    with Bar(Speech.language, quiet=quiet) as bar:
        made = make_again(
            plan.absolute(), made_on=now()[:10], workers=workers or None, progress=bar
        )
    of_books(made.books)
    record = {"files": [str(path) for path in made.files], "quality": made.books}
    Speech.result(record, "\n".join(str(path) for path in made.files))
    return 0


def of_books(books: Mapping[str, Any]) -> None:
    """What somebody should know before printing: characters without a shape, numbers without a place."""
    if Speech.quiet:
        return
    if books.get("characters_missing"):
        Speech.say(LACKING.format(characters=books["characters_missing"]))
    if books.get("numbers_dropped"):
        Speech.say(UNPLACED.format(n=books["numbers_dropped"]))
