"""Tables from the field: which column is which, by what it is called in either language, and its cells as texts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

import pandas as pd

from census_gis.inputs.columns import as_text

__all__ = ["called", "texts_of"]


def called(columns: Iterable[object], aliases: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Our name to theirs; a whole name before the last part of a grouped one, each of theirs once.

    Parameters
    ----------
    columns
        Their names.
    aliases
        Our name to what it may be called, small letters without spaces.

    Examples
    --------
    >>> called(["found-kind", "人 数"], {"kind": ("kind",), "persons": ("persons", "人数")})
    {'kind': 'found-kind', 'persons': '人 数'}
    """
    names = [str(name) for name in columns]
    whole = [re.sub(r"\s", "", unicodedata.normalize("NFKC", name)).lower() for name in names]
    last = [re.split(r"[-./:]", name)[-1] for name in whole]
    out: dict[str, str] = {}
    for ours, theirs in aliases.items():
        for spelt in (whole, last):
            found = (names[spelt.index(alias)] for alias in theirs if alias in spelt)
            free = next((name for name in found if name not in out.values()), None)
            if free is not None:
                out[ours] = free
                break
    return out


def texts_of(frame: pd.DataFrame, aliases: Mapping[str, tuple[str, ...]]) -> pd.DataFrame:
    """All our columns as texts, None where missing; rows numbered from 0."""
    known = called(frame.columns, aliases)
    cells = {ours: as_text(frame[theirs]) for ours, theirs in known.items()}
    table = pd.DataFrame(cells, index=range(len(frame))).reindex(columns=list(aliases)).astype(object)  # fmt: skip
    return table.where(table.notna(), None)
