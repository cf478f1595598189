"""Progress on a terminal as a bar with time left; elsewhere plain lines; silent when asked."""

from __future__ import annotations

import sys
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from census_gis.language import Language, Text

__all__ = ["Bar"]


class Bar:
    """Listener of a run that draws on stderr."""

    def __init__(self, language: Language, *, quiet: bool) -> None:
        self._language = language
        self._quiet = quiet
        self._terminal = sys.stderr.isatty() and not quiet
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            TimeRemainingColumn(), console=Console(stderr=True), disable=not self._terminal,
        )  # fmt: skip
        self._task: TaskID | None = None
        self._name, self._total, self._count = "", 0, 0

    def __enter__(self) -> Bar:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def step(self, name: Text, total: int) -> None:
        """A step begins."""
        self._name, self._total, self._count = name.of(self._language), total, 0
        self._task = self._bar.add_task(self._name, total=total or None)
        self._line(self._name)

    def advance(self, what: str) -> None:
        """One piece is done."""
        self._count += 1
        if self._task is not None:
            self._bar.advance(self._task)
        self._line(f"{self._name} {self._count}/{self._total} {what}")

    def done(self) -> None:
        """The step has ended."""
        if self._task is not None:
            self._bar.update(self._task, total=self._total or 1, completed=self._total or 1)

    def _line(self, words: str) -> None:
        if not self._terminal and not self._quiet:
            sys.stderr.write(f"{words}\n")
            sys.stderr.flush()
