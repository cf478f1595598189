"""One input of a project: a file, a layer of it, and how its columns and values are called there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Source"]


@dataclass(frozen=True)
class Source:
    """One ``[inputs.*]`` table of the project file, its path made absolute.

    Attributes
    ----------
    file
        Absolute path of the file (or of the ``.gdb`` folder).
    layer
        Layer of the file; None where the file has only one.
    columns
        ``our_name -> their_name``.
    encoding
        Encoding of the texts, where the user states it; it wins over what the file says.
    crs
        Coordinate system, where the file states none or a wrong one (``EPSG:4549``, WKT or PROJ).
    where
        ``column -> value``: only rows that hold these values (their column names) are read.
    values
        ``our_column -> our_value -> their_values``; ``"*"`` stands for everything not listed.
    mode
        ``prefer``, ``atom`` or ``as_is``, of compounds and grids.
    hold
        ``must`` or ``never``, of barriers.
    vintage
        Edition of an official code list whose rows do not say it.
    """

    file: Path
    layer: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None
    crs: str | None = None
    where: Mapping[str, object] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    mode: str | None = None
    hold: str | None = None
    vintage: str | None = None

    @property
    def label(self) -> str:
        """File and layer as messages name them."""
        return self.file.name if self.layer is None else f"{self.file.name}:{self.layer}"
