"""What every command shares: its options, the language it speaks, where its result goes."""

from __future__ import annotations

import ctypes
import json
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from census_gis.errors import ConfigError
from census_gis.language import Language, Text

__all__ = [
    "FIX", "AsJson", "Codes", "Debug", "Lang", "Out", "Quiet", "Speech", "Workers", "about", "app",
    "as_json_line", "as_rows", "listed", "now",
]  # fmt: skip

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
Codes = Annotated[list[str] | None, typer.Option(help="codes, separated by commas")]


FIX = Text("fix:  ", "处理:  ")
# Microsoft's identifier of Chinese, in the low bits of a Windows language identifier ([MS-LCID] 2.1).
CHINESE, PRIMARY = 0x04, 0x3FF


class Speech:
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
        cls.language = "zh" if lang == "zh" or (not lang and _chinese_system()) else "en"
        cls.as_json, cls.debug = as_json, debug

    @classmethod
    def say(cls, text: Text | str) -> None:
        """A message, on stderr so that stdout stays the result."""
        typer.echo(text.of(cls.language) if isinstance(text, Text) else text, err=True)

    @classmethod
    def result(cls, record: Mapping[str, Any], words: str) -> None:
        """The result: JSON on stdout when asked for, else words."""
        typer.echo(as_json_line(record) if cls.as_json else words)


def _chinese_system() -> bool:
    """Whether the user's system speaks Chinese; Windows has no LANG, so its own setting is asked."""
    said = os.environ.get("LANG", "")
    if sys.platform == "win32" and not said:
        known = int(ctypes.windll.kernel32.GetUserDefaultUILanguage())
        return known & PRIMARY == CHINESE
    return said.startswith("zh")


def as_json_line(record: Mapping[str, Any]) -> str:
    """One line of JSON: what is no finite number is null there.

    Where stdout is no UTF-8 (a redirection on Windows), what is not ASCII is escaped: every reader then reads it right.
    """
    escaped = "utf" not in (getattr(sys.stdout, "encoding", None) or "utf-8").lower()
    try:
        return json.dumps(record, ensure_ascii=escaped, default=str, allow_nan=False)
    except ValueError:
        # A number that is not finite: rare, and the way around it holds the record three times.
        text = json.dumps(record, ensure_ascii=False, default=str)
    plain = json.loads(text, parse_constant=lambda _: None)
    return json.dumps(plain, ensure_ascii=escaped, allow_nan=False)


def as_rows(table: Any) -> list[dict[str, Any]]:
    """Rows of a DataFrame for JSON; what is missing is null."""
    return list(table.astype(object).where(table.notna(), None).to_dict("records"))


def about(row: Any) -> str:
    """What a finding is about: its code, layer and row."""
    return " ".join(filter(None, (row.code, row.layer, row.row_key)))


def now() -> str:
    """The time, ISO 8601 in UTC: the only clock the log is given."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def listed(codes: Sequence[str] | None) -> tuple[str, ...]:
    """Codes of an option that may be given several times, each separated by commas; each once, in their order."""
    said = (code.strip() for some in codes or () for code in some.split(","))
    return tuple(dict.fromkeys(code for code in said if code))
