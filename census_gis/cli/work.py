"""Commands that make: run, demo, synth, init."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from census_gis.cli.look import STALE
from census_gis.cli.paper import of_books
from census_gis.cli.speech import (
    FIX,
    AsJson,
    Codes,
    Debug,
    Lang,
    Out,
    Quiet,
    Speech,
    Workers,
    about,
    app,
    listed,
    now,
)  # fmt: skip
from census_gis.language import Text, counted

__all__: list[str] = []

Scheduler = Annotated[
    str, typer.Option(help="Dask cluster that plans the districts: tcp://HOST:8786")
]
UNPLANNED = Text("district {code} could not be planned: {why}", "普查区 {code} 未能完成划分：{why}")
COUNTS = Text(
    "districts {districts}: towns {towns}, villages {villages}, in townships {townships}; persons {persons}; "
    "buildings {buildings}, to an EA {buildings_per_ea_towns} in towns and {buildings_per_ea_villages} in "
    "villages; roads {roads}; EAs about {eas}",
    "普查区 {districts} 个：居委会 {towns} 个，村委会 {villages} 个，分属 {townships} 个乡级单位；人口 {persons} 人；"
    "建筑物 {buildings} 栋，每个普查小区城镇约 {buildings_per_ea_towns} 栋、农村约 {buildings_per_ea_villages} 栋；"
    "道路 {roads} 条；普查小区约 {eas} 个",
)
MORE = Text("… and {n} more: see the report.", "……另有 {n} 处，见报告。")
SHOWN_ERRORS = 5
NO_TOTAL = "P511"
GUESSED = Text(
    "! {n} districts have no total: their persons were estimated from the buildings alone (P511), perhaps several times "
    "too many or too few.\n    fix:  give each district its persons, or [population] persons_total; the plan has {load} persons.",
    "! {n} 个普查区没有人数总数：其人数仅由建筑物估计（P511），可能多出或少掉数倍。\n"
    "    处理:  请填写各普查区人数，或在 [population] 中以 persons_total 给出总人数；本方案共 {load} 人。",
)
AGAIN = Text(
    "  fix:  mend what is named and run again; the other districts are kept.",
    "  处理:  按提示处理后重新运行；其他普查区已保留。",
)


@app.command()
def run(
    project: Annotated[Path, typer.Argument(help="project.toml")],
    out: Out = None,
    workers: Workers = 0,
    until: Annotated[str, typer.Option(help="last step to do")] = "report",
    fresh: Annotated[bool, typer.Option("--fresh", help="do again what is kept")] = False,
    districts: Codes = None,
    prove: Annotated[
        bool, typer.Option("--prove", help="say of each district how far its plan is from the best")
    ] = False,
    areas: Annotated[
        list[str] | None, typer.Option(help="exactly so many EAs: DISTRICT=24, repeatable")
    ] = None,
    scheduler: Scheduler = "",
    lang: Lang = "",
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> int:
    """Do the main job. Example: census-gis run street/project.toml --until plan --workers 2."""
    Speech.begin(lang, as_json, debug)
    Speech.quiet = quiet
    from census_gis.cli.bar import Bar
    from census_gis.runner.main import Options, run_project

    options = Options(
        out=out, until=until, workers=workers or None, fresh=fresh, districts=listed(districts),
        prove=prove, areas=wanted(areas or []), scheduler=scheduler,
    )  # fmt: skip
    with Bar(Speech.language, quiet=quiet) as bar:
        result = run_project(project, now=now(), options=options, progress=bar)
    ended(result)
    return result.exit_code


@app.command()
def demo(
    out: Out = None,
    scale: Annotated[str, typer.Option(help="village, street or county")] = "street",
    workers: Workers = 0,
    lang: Lang = "",
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> int:
    """Make the example and run everything on it. Example: census-gis demo --out demo."""
    Speech.begin(lang, as_json, debug)
    Speech.quiet = quiet
    from census_gis.cli.bar import Bar
    from census_gis.runner.demo import forecast, run_demo

    folder = (out or Path("outputs") / f"demo-{scale}").absolute()
    said = None if quiet else forecast(scale, folder)
    if said is not None:
        Speech.say(said)
    with Bar(Speech.language, quiet=quiet) as bar:
        result = run_demo(folder, scale=scale, workers=workers or None, now=now(), progress=bar)
    ended(result)
    return result.exit_code


@app.command()
def synth(
    folder: Annotated[Path, typer.Argument(help="folder to make")],
    districts: Annotated[int, typer.Option(min=1)] = 34,
    persons: Annotated[int, typer.Option(min=1)] = 160_000,
    townships: Annotated[int, typer.Option(min=0, help="0: one for each 36 districts")] = 0,
    seed: Annotated[int, typer.Option(min=0)] = 7,
    imagery: Annotated[int, typer.Option(min=0, help="imagery for the first N districts")] = 0,
    lang: Lang = "",
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> int:
    """Make a synthetic place. Example: census-gis synth county --districts 1250 --persons 1756000."""
    Speech.begin(lang, as_json, debug)
    Speech.quiet = quiet
    from census_gis.cli.bar import Bar
    from census_gis.runner.demo import Place, make_place

    place = Place(districts, persons, townships=townships or None, seed=seed)
    with Bar(Speech.language, quiet=quiet) as bar:
        made = make_place(place, folder.absolute(), imagery=imagery, progress=bar)
    record = {"project": str(made.project), **made.counts()}
    Speech.result(record, f"{made.project}\n{COUNTS.format(**made.counts()).of(Speech.language)}")
    return 0


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="folder of the new project")],
    files: Annotated[list[Path] | None, typer.Argument(help="files to look into")] = None,
    lang: Lang = "",
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Write a commented project.toml from files. Example: census-gis init here data/*.gpkg."""
    Speech.begin(lang, as_json, debug)
    from census_gis.runner.template import write_project

    project = write_project(folder.absolute(), [f.absolute() for f in files or []], Speech.language)
    Speech.result({"project": str(project)}, str(project))
    return 0


def wanted(areas: list[str]) -> dict[str, int]:
    """EAs wanted by district from DISTRICT=NUMBER."""
    from census_gis.errors import ConfigError

    made: dict[str, int] = {}
    for each in areas:
        code, _, count = each.partition("=")
        if not code or not count.isdecimal() or made.get(code, int(count)) != int(count):
            raise ConfigError(
                Text(f"'{each}' is no district with its number of EAs, or contradicts another.",
                     f"“{each}”不是“普查区=小区个数”，或与另一项矛盾。"),
                where="--areas",
                fix=Text("write --areas DISTRICT=24, once for each district.",
                         "请写作 --areas 普查区代码=24，每个普查区一次。"),
            )  # fmt: skip
        made[code] = int(count)
    return made


def ended(result: Any) -> None:
    """Where to look, and how much was found."""
    from census_gis.runner.refresh import changed_since

    found = result.findings["severity"].value_counts().to_dict() if len(result.findings) else {}
    record = {
        "exit": result.exit_code,
        "output": str(result.output),
        "figures": result.figures,
        "findings": found,
        "failed": {code: why.of(Speech.language) for code, why in result.failures.items()},
    }
    for code, why in result.failures.items():
        said = why.of(Speech.language)
        Speech.say(UNPLANNED.format(code=code, why=said))
        if "\n" not in said:  # an error of ours brings its own remedy
            Speech.say(AGAIN)
        if Speech.debug and code in result.traces:
            Speech.say(result.traces[code])
    counts = Text("errors {e}, warnings {w}, notes {n}", "错误 {e}，警告 {w}，提示 {n}").format(
        e=found.get("error", 0), w=found.get("warning", 0), n=found.get("note", 0)
    )
    _errors(result.findings)
    _guessed(result)
    places = [p for p in ("plan.gpkg", "report/index.html", "web/index.html", "maps/index.pdf")
              if result.figures.get("eas") and (result.output / p).exists()]  # fmt: skip
    eas = result.figures.get("eas")
    old = changed_since(result.output / "plan.gpkg")
    if old and not result.failures:
        Speech.say(STALE.format(n=len(old), plan=result.output / "plan.gpkg"))
    head = (
        Text(f"{eas} enumeration areas; ", f"{eas} 个普查小区；").of(Speech.language) if eas else ""
    )
    of_books(result.figures.get("books", {}))
    words = "\n".join(
        [head + counts.of(Speech.language), *(str(result.output / p) for p in places)]
    )
    Speech.result(record, words)


def _guessed(result: Any) -> None:
    """Say so aloud where nobody gave numbers of persons: everything else of a plan rests on them."""
    found, persons = result.findings, result.figures.get("persons")
    n = int((found["code"] == NO_TOTAL).sum()) if len(found) else 0
    if n and persons is not None:
        from census_gis.runner.comparing import noun_of

        said = counted(GUESSED, noun_of(result.output / "plan.gpkg"))
        Speech.say(said.format(n=n, load=f"{persons:,}"))


def _errors(found: Any) -> None:
    """The first errors in full: what a person has to look at before anything else."""
    # A run that ended before a plan has its findings in two languages.
    if not len(found) or "message" not in found:
        return
    errors = found[found["severity"] == "error"]
    for row in errors.head(SHOWN_ERRORS).itertuples():
        Speech.say(f"! {about(row)}: {row.message}\n    {FIX.of(Speech.language)}{row.fix}")
    if len(errors) > SHOWN_ERRORS:
        Speech.say(MORE.format(n=len(errors) - SHOWN_ERRORS))
