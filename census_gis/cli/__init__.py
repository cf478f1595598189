"""The command line: `census-gis COMMAND …` (contract, section 2)."""

from __future__ import annotations

import errno
import json
import os
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from census_gis.cli.usage import asked_language, misuse
from census_gis.errors import CensusGISError, ConfigError
from census_gis.inputs.door import prepare_gdal
from census_gis.language import Language, Text

prepare_gdal()  # before any library that reads with GDAL is imported: commands import theirs when called

__all__ = ["app", "main"]

app = typer.Typer(
    name="census-gis", no_args_is_help=True, add_completion=False, rich_markup_mode=None,
    help="Divide census districts into enumeration areas, and send people out to count them.",
)  # fmt: skip

Lang = Annotated[str, typer.Option("--lang", help="language of messages: zh or en")]
AsJson = Annotated[bool, typer.Option("--json", help="print a machine-readable result on stdout")]
Quiet = Annotated[bool, typer.Option("--quiet", help="show no progress")]
Debug = Annotated[bool, typer.Option("--debug", help="show tracebacks")]
Workers = Annotated[int, typer.Option("--workers", min=0, help="processes, 0 for one a core")]
Out = Annotated[Path | None, typer.Option("--out", help="folder of the results")]
Codes = Annotated[str, typer.Option(help="codes, separated by commas")]

USAGE: type[Exception] = typer.BadParameter.__bases__[
    0
]  # the usage error of the click that typer carries
INTERRUPTED = Text(
    "interrupted; what was finished is kept. Run the same command again to go on.",
    "已中断；已完成的部分会保留。再次运行同一命令即可继续。",
)
UNPLANNED = Text("district {code} could not be planned: {why}", "普查区 {code} 未能完成划分：{why}")
AGAIN = Text(
    "  fix:  mend what is named and run again; the other districts are kept.",
    "  处理:  按提示处理后重新运行；其他普查区已保留。",
)
DEFECT = Text(
    "internal error: {what}. Run again with --debug and report it.",
    "内部错误：{what}。请加 --debug 重新运行并反馈。",
)
LACKING = Text(
    "the font has no {characters}: these are printed as boxes.",
    "字体缺少这些字，印作方框：{characters}",
)
UNPLACED = Text(
    "{n} building numbers found no place on a map; they stand in the building tables.",
    "{n} 个建筑物编号在图上无处可放；建筑物表中仍有。",
)
REASONS = {
    errno.EACCES: Text("no permission", "没有权限"), errno.EPERM: Text("no permission", "没有权限"),
    errno.ENOENT: Text("no such file or folder", "没有该文件或文件夹"),
    errno.EROFS: Text("the disk is read-only", "磁盘为只读"),
    errno.ENOSPC: Text("the disk is full", "磁盘已满"),
    errno.ENOTDIR: Text("a file stands where a folder is needed", "应为文件夹处是文件"),
    errno.EEXIST: Text("a file stands where a folder is needed", "应为文件夹处是文件"),
    errno.EISDIR: Text("a folder stands where a file is needed", "应为文件处是文件夹"),
    errno.EBUSY: Text("another program holds it", "被其他程序占用"),
}  # fmt: skip
DISK = Text(
    "{what}. The previous plan is untouched.\n  fix:  free it, or name another folder (--out).",
    "{what}。原有方案未受影响。\n  处理:  解除占用或限制，或另行指定文件夹（--out）。",
)


class _Speech:
    """What is said to the user of one call: language, JSON or words, progress or none."""

    language: Language = "en"
    debug = False
    as_json = False
    quiet = False

    @classmethod
    def begin(cls, lang: str, as_json: bool = False, debug: bool = False) -> None:
        """Settle how this call speaks; an unknown language is an error of options."""
        if lang not in ("", "zh", "en"):
            raise ConfigError(
                Text(f"there is no language '{lang}'.", f"没有语言“{lang}”。"),
                where="--lang", fix=Text("use zh or en.", "请用 zh 或 en。"),
            )  # fmt: skip
        chosen = lang or ("zh" if os.environ.get("LANG", "").startswith("zh") else "en")
        cls.language = "zh" if chosen == "zh" else "en"
        cls.as_json, cls.debug = as_json, debug

    @classmethod
    def say(cls, text: Text | str) -> None:
        """A message, on stderr so that stdout stays the result."""
        typer.echo(text.of(cls.language) if isinstance(text, Text) else text, err=True)

    @classmethod
    def result(cls, record: Mapping[str, Any], words: str) -> None:
        """The result: JSON on stdout when asked for, else words."""
        typer.echo(_json(record) if cls.as_json else words)


def main() -> None:
    """Entry point; every ending has an exit status of the contract and no traceback."""
    _Speech.begin(
        asked_language(sys.argv) or "", as_json="--json" in sys.argv, debug="--debug" in sys.argv
    )
    try:
        code = app(standalone_mode=False)
        if code == 130:  # how typer passes Ctrl-C on
            raise KeyboardInterrupt
    except CensusGISError as error:
        code = _failed(error, error.say(_Speech.language), error.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        code = _failed(None, INTERRUPTED.of(_Speech.language), 130)
    except USAGE as error:
        code = _failed(None, misuse(error).of(_Speech.language), 3)
    except OSError as error:
        what = f"{error.filename or ''}: {_reason(error)}".removeprefix(": ")
        code = _failed(error, DISK.format(what=what).of(_Speech.language), 2)
    except Exception as error:  # a defect of ours: said in one line, its trace kept for --debug
        code = _failed(
            error, DEFECT.format(what=f"{type(error).__name__}: {error}").of(_Speech.language), 2
        )
    sys.exit(code if isinstance(code, int) else 0)


def _failed(error: BaseException | None, words: str, code: int) -> int:
    if _Speech.debug and error is not None:
        traceback.print_exception(error)
    if _Speech.as_json:
        typer.echo(_json({"exit": code, "error": words}))
    typer.echo(words, err=True)
    return code


def _reason(error: OSError) -> str:
    """Why the system refused, in the language chosen where we know the reason."""
    known = REASONS.get(error.errno or 0)
    return known.of(_Speech.language) if known else str(error.strerror or error)


def _json(record: Mapping[str, Any]) -> str:
    """One line of JSON: what is no finite number is null there."""
    plain = json.loads(
        json.dumps(record, ensure_ascii=False, default=str), parse_constant=lambda _: None
    )
    return json.dumps(plain, ensure_ascii=False, allow_nan=False)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@app.command()
def run(
    project: Annotated[Path, typer.Argument(help="project.toml")],
    out: Out = None,
    workers: Workers = 0,
    until: Annotated[str, typer.Option(help="last step to do")] = "report",
    fresh: Annotated[bool, typer.Option("--fresh", help="do again what is kept")] = False,
    districts: Codes = "",
    lang: Lang = "",
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> int:
    """Do the main job. Example: census-gis run street/project.toml --until plan --workers 2."""
    _Speech.begin(lang, as_json, debug)
    _Speech.quiet = quiet
    from census_gis.cli.bar import Bar
    from census_gis.runner.main import Options, run_project

    options = Options(
        out=out, until=until, workers=workers or None, fresh=fresh, districts=_listed(districts)
    )
    with Bar(_Speech.language, quiet=quiet) as bar:
        result = run_project(project, now=_now(), options=options, progress=bar)
    _ended(result)
    return result.exit_code


@app.command()
def demo(
    out: Out = None,
    scale: Annotated[str, typer.Option(help="village or street")] = "street",
    workers: Workers = 0,
    lang: Lang = "",
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> int:
    """Make the example and run everything on it. Example: census-gis demo --out demo."""
    _Speech.begin(lang, as_json, debug)
    _Speech.quiet = quiet
    from census_gis.cli.bar import Bar
    from census_gis.runner.demo import run_demo

    folder = (out or Path("outputs") / f"demo-{scale}").absolute()
    with Bar(_Speech.language, quiet=quiet) as bar:
        result = run_demo(folder, scale=scale, workers=workers or None, now=_now(), progress=bar)
    _ended(result)
    return result.exit_code


@app.command()
def synth(
    folder: Annotated[Path, typer.Argument(help="folder to make")],
    districts: Annotated[int, typer.Option(min=1)] = 34,
    persons: Annotated[int, typer.Option(min=1)] = 160_000,
    seed: Annotated[int, typer.Option(min=0)] = 7,
    imagery: Annotated[int, typer.Option(min=0, help="imagery for the first N districts")] = 0,
    lang: Lang = "",
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Make a synthetic place. Example: census-gis synth street --districts 34 --persons 160000."""
    _Speech.begin(lang, as_json, debug)
    from census_gis import synthetic

    town = synthetic.county(districts=districts, persons=persons, seed=seed)
    project = synthetic.write(town, folder.absolute(), imagery=imagery)
    counts = {"districts": len(town.districts), "persons": int(town.districts["persons"].sum()),
              "buildings": len(town.buildings), "roads": len(town.roads)}  # fmt: skip
    words = ", ".join(f"{n:,} {name}" for name, n in counts.items())
    _Speech.result({"project": str(project), **counts}, f"{project}\n{words}")
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
    _Speech.begin(lang, as_json, debug)
    from census_gis.runner.template import write_project

    project = write_project(
        folder.absolute(), [f.absolute() for f in files or []], _Speech.language
    )
    _Speech.result({"project": str(project)}, str(project))
    return 0


@app.command()
def inspect(
    files: Annotated[list[Path], typer.Argument(help="files to look into")],
    lang: Lang = "",
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Tell what files hold and what is odd about them. Example: census-gis inspect data/*.shp."""
    _Speech.begin(lang, as_json, debug)
    from census_gis.cli.inspection import as_record, in_words
    from census_gis.inputs.inspect import inspect_file

    reports = [report for file in files for report in inspect_file(file.absolute())]
    words = "\n\n".join(in_words(report, _Speech.language) for report in reports)
    _Speech.result({"layers": [as_record(report) for report in reports]}, words)
    return 0


@app.command()
def check(
    plan: Annotated[Path, typer.Argument(help="plan.gpkg")],
    lang: Lang = "",
    as_json: AsJson = False,
    debug: Debug = False,
) -> int:
    """Re-audit a plan against its rules. Example: census-gis check outputs/street/plan.gpkg."""
    _Speech.begin(lang, as_json, debug)
    from census_gis.runner.recheck import recheck

    result = recheck(plan.absolute())
    lines = [f"{row.severity} {row.code} {row.layer} {row.row_key}: "
             f"{getattr(row, f'message_{_Speech.language}')}" for row in result.found.itertuples()]  # fmt: skip
    done = Text(
        f"{len(lines)} findings in {result.areas} EAs",
        f"{result.areas} 个普查小区，{len(lines)} 条发现",
    )
    words = "\n".join([*lines, done.of(_Speech.language)])
    record = {"exit": result.exit_code, "measures": result.measures, "findings": lines}
    _Speech.result(record, words)
    return result.exit_code


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
    _Speech.begin(lang, as_json, debug)
    from census_gis.runner.again import books_again

    made, books = books_again(plan.absolute(), out=out, areas=_listed(ea), districts=_listed(district),
                       paper=paper, imagery=imagery, workers=workers or None)  # fmt: skip
    _of_books(books)
    record = {"books": [str(path) for path in made], "quality": books}
    _Speech.result(record, "\n".join(str(path) for path in made))
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
    _Speech.begin(lang, as_json, debug)
    from census_gis.runner.again import web_again

    page = web_again(plan.absolute(), out=out, audience=audience, imagery=imagery)
    _Speech.result({"page": str(page)}, str(page))
    return 0


def _listed(codes: str) -> tuple[str, ...]:
    return tuple(code.strip() for code in codes.split(",") if code.strip())


def _of_books(books: Mapping[str, Any]) -> None:
    """What somebody should know before printing: characters without a shape, numbers without a place."""
    if _Speech.quiet:
        return
    if books.get("characters_missing"):
        _Speech.say(LACKING.format(characters=books["characters_missing"]))
    if books.get("numbers_dropped"):
        _Speech.say(UNPLACED.format(n=books["numbers_dropped"]))


def _ended(result: Any) -> None:
    """Where to look, and how much was found."""
    found = result.findings["severity"].value_counts().to_dict() if len(result.findings) else {}
    record = {
        "exit": result.exit_code,
        "output": str(result.output),
        "figures": result.figures,
        "findings": found,
        "failed": {code: why.of(_Speech.language) for code, why in result.failures.items()},
    }
    for code, why in result.failures.items():
        said = why.of(_Speech.language)
        _Speech.say(UNPLANNED.format(code=code, why=said))
        if "\n" not in said:  # an error of ours brings its own remedy
            _Speech.say(AGAIN)
        if _Speech.debug and code in result.traces:
            _Speech.say(result.traces[code])
    counts = Text("errors {e}, warnings {w}, notes {n}", "错误 {e}，警告 {w}，提示 {n}").format(
        e=found.get("error", 0), w=found.get("warning", 0), n=found.get("note", 0)
    )
    places = [p for p in ("plan.gpkg", "report/index.html", "web/index.html", "maps/index.pdf")
              if result.figures.get("eas") and (result.output / p).exists()]  # fmt: skip
    eas = result.figures.get("eas")
    head = (
        Text(f"{eas} enumeration areas; ", f"{eas} 个普查小区；").of(_Speech.language)
        if eas
        else ""
    )
    _of_books(result.figures.get("books", {}))
    words = "\n".join(
        [head + counts.of(_Speech.language), *(str(result.output / p) for p in places)]
    )
    _Speech.result(record, words)
