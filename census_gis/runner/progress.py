"""How long work tells what it is doing; where it is shown is the caller's business."""

from __future__ import annotations

from typing import Protocol

from census_gis.language import Text

__all__ = ["Progress", "Silent"]


class Progress(Protocol):
    """Listener of a run."""

    def step(self, name: Text, total: int) -> None:
        """A step begins; it consists of `total` pieces (0: unknown)."""

    def advance(self, what: str) -> None:
        """One piece of the step is done."""

    def done(self) -> None:
        """The step has ended."""


class Silent:
    """Listens and says nothing."""

    def step(self, name: Text, total: int) -> None:
        """Nothing."""

    def advance(self, what: str) -> None:
        """Nothing."""

    def done(self) -> None:
        """Nothing."""
