"""Commands for paper and screen: maps, web, refresh."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

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

if TYPE_CHECKING:
    from census_gis.present.order import SheetKind

__all__ = ["of_books"]

LACKING = Text(
    "the font has no {characters}: these are printed as boxes.",
    "字体缺少这些字，印作方框：{characters}",
)
UNPLACED = Text(
    "{n} building numbers found no place on a map; they stand in the building tables.",
    "{n} 个建筑物编号在图上无处可放；建筑物表中仍有。",
)
CUT = Text("these EAs are not wholly on their maps: {codes}", "这些普查小区未完整落在图内：{codes}")
DIFFER = Text(
    "tables and maps of these EAs differ in buildings: {codes}",
    "这些普查小区的建筑物表与图不一致：{codes}",
)
LETTERED = Text(
    "{sheets} sheets on {pages} pages; {n} building numbers, {out} of them led out; smallest type {least} pt.",
    "{sheets} 幅图，{pages} 页；{n} 个建筑物编号，其中 {out} 个引出标注；最小字号 {least} 磅。",
)
CHANGES = Text(
    "{n} sheets changed, {gone} are no more; {books} books written: {codes}",
    "{n} 幅图有变化，{gone} 幅已取消；重制 {books} 册：{codes}",
)
SHOWN = 12  # codes in a message; the JSON result has all
Audience = Annotated[str, typer.Option(help="office, or field: no coordinates, coarser imagery")]
Changed = Annotated[bool, typer.Option("--changed", help="only books whose sheets changed")]
Townships = Annotated[bool, typer.Option("--townships", help="also a book for each township")]
Kind = Annotated[
    str,
    typer.Option(
        help="plan; base: pale base sheets to correct by hand (maps-base/); blank: to draw by hand (maps-blank/)"
    ),
]
Placed = Annotated[
    bool | None,
    typer.Option("--georeference/--no-georeference", help="whether maps carry coordinates; else by rule"),
]  # fmt: skip
Duplex = Annotated[
    bool | None,
    typer.Option("--duplex/--single-sided", help="each sheet begins on a front page, for printing both sides; else by rule"),
]  # fmt: skip


@app.command()
def maps(
    plan: Annotated[Path, typer.Argument(help="plan.gpkg")],
    ea: Codes = None,
    district: Codes = None,
    paper: Annotated[str, typer.Option(help="A4 or A3")] = "",
    imagery: Annotated[bool, typer.Option("--imagery", help="imagery as background")] = False,
    changed: Changed = False,
    townships: Townships = False,
    copies: Annotated[int, typer.Option(help="how often each sheet is in a book")] = 1,
    audience: Audience = "office",
    kind: Kind = "plan",
    georeference: Placed = None,
    duplex: Duplex = None,
    out: Out = None,
    workers: Workers = 0,
    lang: Lang = "",
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> int:
    """Print map books. Example: census-gis maps plan.gpkg --district 310199001002 --imagery."""
    Speech.begin(lang, as_json, debug)
    Speech.quiet = quiet
    from census_gis.present.press import Printing
    from census_gis.present.quality import faulty
    from census_gis.runner.again import books_again
    from census_gis.runner.books import Wish

    printing = Printing(
        paper,
        copies=copies,
        audience=audience,
        georeference=georeference,
        kind=cast("SheetKind", kind),
        duplex=duplex,
    )
    made = books_again(
        plan.absolute(), out=out, areas=listed(ea), districts=listed(district), imagery=imagery,
        wish=Wish(printing, only_changed=changed, townships=townships), workers=workers or None,
    )  # fmt: skip
    of_books(made.quality)
    if changed and not quiet:
        news = made.quality["changed"]
        Speech.say(CHANGES.format(
            n=len(news), gone=len(made.quality["gone"]), books=made.quality["books_written"], codes=some(news),
        ))  # fmt: skip
    paths = [str(path) for path in made.files]
    Speech.result({"books": paths, "quality": made.quality}, "\n".join(paths))
    return 1 if faulty(made.quality) else 0


@app.command()
def web(
    plan: Annotated[Path, typer.Argument(help="plan.gpkg")],
    audience: Annotated[str, typer.Option(help="public, office or field")] = "public",
    district: Codes = None,
    imagery: Annotated[bool, typer.Option("--imagery", help="imagery as background")] = False,
    out: Out = None,
    lang: Lang = "",
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Make a web map. Example: census-gis web plan.gpkg --audience office."""
    Speech.begin(lang, as_json, debug)
    from census_gis.runner.again import web_again

    page = web_again(
        plan.absolute(), out=out, audience=audience, imagery=imagery, districts=listed(district)
    )
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
    """What somebody should know before printing: missing characters and numbers, EAs cut off, secrecy."""
    if Speech.quiet or not books:
        return
    if books["sheets"]:
        Speech.say(LETTERED.format(
            sheets=books["sheets"], pages=books["pages"], n=books["numbers"], out=books["numbers_led_out"],
            least=books["smallest_type_pt"],
        ))  # fmt: skip
    if books["characters_missing"]:
        Speech.say(LACKING.format(characters=books["characters_missing"]))
    if books["numbers_dropped"]:
        Speech.say(UNPLACED.format(n=books["numbers_dropped"]))
    for key, text in (("sheets_cut", CUT), ("tables_differ", DIFFER)):
        if books[key]:
            Speech.say(text.format(codes=some(books[key])))
    for case in books["findings"]:
        Speech.say(
            f"{case['code']} {case[f'message_{Speech.language}']}; {case[f'fix_{Speech.language}']}"
        )


def some(codes: Sequence[str]) -> str:
    """The first codes of many."""
    more = f" … ({len(codes)})" if len(codes) > SHOWN else ""
    return (", ".join(codes[:SHOWN]) + more) or "-"
