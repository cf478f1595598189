"""The errors a user can meet, and nothing else.

* CensusGISError
  * InputError        the data must change   (names file, layer, rows)      exit 2
  * ConfigError       the TOML must change   (names file, key, nearest key) exit 3
  * InfeasibleError   the rules must change  (names the rule and the gap)   exit 4

An error says what is wrong, where, and what to do next; in that order, and in both languages.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from census_gis.language import Language, Text, plain

__all__ = ["CensusGISError", "ConfigError", "InfeasibleError", "InputError"]

SHOWN_ROWS = 5


class CensusGISError(Exception):
    """Base class; ``except CensusGISError`` catches all of ours and none of yours.

    Parameters
    ----------
    what
        What is wrong, in the reader's words, with the count.
    where
        File and layer, or the argument's or key's name.
    rows
        Identifiers of the offending rows; the first five are shown.
    fix
        The next thing to do.
    """

    exit_code: ClassVar[int] = 2

    def __init__(
        self, what: Text | str, *, where: str, rows: Iterable[object] = (), fix: Text | str
    ) -> None:
        self.what = what
        self.where = where
        self.rows = tuple(rows)
        self.fix = fix
        super().__init__(self.say("en"))

    def say(self, language: Language) -> str:
        """The whole message in one language."""
        shown = ", ".join(str(row) for row in self.rows[:SHOWN_ROWS])
        rest = len(self.rows) - SHOWN_ROWS
        more = Text(f" and {rest} more", f" 等，另有 {rest} 个").of(language) if rest > 0 else ""
        rows, fix = Text("rows", "行").of(language), Text("fix", "处理").of(language)
        at = f"\n  {rows}: {shown}{more}" if shown else ""
        return (
            f"{self.where}: {plain(self.what, language)}{at}\n  {fix}:  {plain(self.fix, language)}"
        )

    def __reduce__(self) -> tuple[object, ...]:
        """Errors cross process borders whole."""
        return _rebuild, (type(self), self.what, self.where, self.rows, self.fix)


class InputError(CensusGISError):
    """The data must change before a plan can be made."""

    exit_code = 2


class ConfigError(CensusGISError):
    """The project file, the profile, an option or an environment variable must change."""

    exit_code = 3


class InfeasibleError(CensusGISError):
    """The rules contradict each other, or cannot hold anywhere."""

    exit_code = 4


def _rebuild(
    kind: type[CensusGISError],
    what: Text | str,
    where: str,
    rows: tuple[object, ...],
    fix: Text | str,
) -> CensusGISError:
    return kind(what, where=where, rows=rows, fix=fix)
