"""The command line: `census-gis COMMAND …` (contract, section 2).

A command lives in the module of its kind (`work`, `look`, `paper` …), which registers it on `app`.
"""

from __future__ import annotations

import _thread
import errno
import io
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from census_gis.cli.speech import Speech, app, as_json_line
from census_gis.cli.usage import asked_language, misuse
from census_gis.errors import CensusGISError
from census_gis.inputs.door import prepare_gdal
from census_gis.language import Text

prepare_gdal()  # before any library that reads with GDAL is imported: commands import theirs when called

from census_gis.cli import (  # noqa: E402, F401 - they register their commands
    compare,
    corrections,
    exchange,
    look,
    manual,
    paper,
    people,
    progress,
    signing,
    work,
)

__all__ = ["app", "main"]

# The usage error of the click that typer carries.
USAGE: type[Exception] = typer.BadParameter.__bases__[0]
AGAIN_S = 0.05
INTERRUPTED = Text(
    "interrupted; what was finished is kept. Run the same command again to go on.",
    "已中断；已完成的部分会保留。再次运行同一命令即可继续。",
)
DEFECT = Text(
    "internal error: {what}. Run again with --debug and report it.",
    "内部错误：{what}。请加 --debug 重新运行并反馈。",
)
REASONS = {
    errno.EACCES: Text("no permission", "没有权限"), errno.EPERM: Text("no permission", "没有权限"),
    errno.ENOENT: Text("no such file or folder", "没有该文件或文件夹"),
    errno.EROFS: Text("the disk is read-only", "磁盘为只读"),
    errno.ENOSPC: Text("the disk is full", "磁盘已满"),
    errno.ENOTDIR: Text("a file stands where a folder is needed", "应为文件夹处是文件"),
    errno.EEXIST: Text("a file stands where a folder is needed", "应为文件夹处是文件"),
    errno.EISDIR: Text("a folder stands where a file is needed", "应为文件处是文件夹"),
    errno.EDQUOT: Text("the disk quota is used up", "磁盘配额已用完"),
    errno.EFBIG: Text("the file would be larger than is allowed", "文件超出允许的大小"),
    errno.EIO: Text("the disk reports a fault", "磁盘读写出错"),
    errno.ENAMETOOLONG: Text("the name is too long", "名称过长"),
    errno.EBUSY: Text("another program holds it", "被其他程序占用"),
}  # fmt: skip
HELD = Text(
    "no permission, or another program (Excel, QGIS, a PDF reader) has it open",
    "没有权限，或文件正被其他程序（Excel、QGIS、PDF 阅读器）打开",
)
# Windows: access denied (also to a name whose file is open), sharing violation, lock violation.
OPEN_ELSEWHERE = (5, 32, 33)
DISK = Text(
    "{what}. The previous plan is untouched.\n  fix:  free it, or name another folder (--out).",
    "{what}。原有方案未受影响。\n  处理:  解除占用或限制，或另行指定文件夹（--out）。",
)


def main() -> None:
    """Entry point; every ending has an exit status of the contract and no traceback."""
    _write_anything()
    Speech.begin(
        asked_language(sys.argv) or "", as_json="--json" in sys.argv, debug="--debug" in sys.argv
    )
    try:
        with _ending_in_order():
            code = app(standalone_mode=False)
        if code == 130:  # how typer passes Ctrl-C on
            raise KeyboardInterrupt
    except CensusGISError as error:
        code = _failed(error, error.say(Speech.language), error.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        code = _failed(None, INTERRUPTED.of(Speech.language), 130)
    except USAGE as error:
        code = _failed(None, misuse(error).of(Speech.language), 3)
    except OSError as error:
        # Of a file that was to be renamed into place, the place is what the user knows.
        name = error.filename2 or error.filename or ""
        what = f"{name}: {_reason(error)}".removeprefix(": ")
        code = _failed(error, DISK.format(what=what).of(Speech.language), 2)
    except Exception as error:  # a defect of ours: said in one line, its trace kept for --debug
        code = _failed(
            error, DEFECT.format(what=f"{type(error).__name__}: {error}").of(Speech.language), 2
        )
    sys.exit(code if isinstance(code, int) else 0)


def _write_anything() -> None:
    """What the code page of a redirected output lacks (Windows: m², Chinese) is escaped, and ends no command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """A request to end (a shutdown, `kill`) is heard as Ctrl-C is, and neither is lost.

    Else the workers would outlive the run, or the run the wish to end it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before, others = signal.signal(signal.SIGTERM, signal.default_int_handler), sys.unraisablehook

    def heard_again(lost: sys.UnraisableHookArgs) -> None:
        # Ctrl-C that falls into a destructor can only be dropped there by Python; it comes again soon after.
        if lost.exc_type is KeyboardInterrupt:
            threading.Timer(AGAIN_S, _thread.interrupt_main).start()
        else:
            others(lost)

    sys.unraisablehook = heard_again
    try:
        yield
    finally:
        sys.unraisablehook = others
        signal.signal(signal.SIGTERM, before)


def _failed(error: BaseException | None, words: str, code: int) -> int:
    if Speech.debug and error is not None:
        traceback.print_exception(error)
    if Speech.as_json:
        typer.echo(as_json_line({"exit": code, "error": words}))
    typer.echo(words, err=True)
    return code


def _reason(error: OSError) -> str:
    """Why the system refused, in the language chosen where we know the reason."""
    if getattr(error, "winerror", None) in OPEN_ELSEWHERE:
        return HELD.of(Speech.language)
    known = REASONS.get(error.errno or 0)
    return known.of(Speech.language) if known else str(error.strerror or error)
