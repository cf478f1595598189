"""What is kept of a decision on corrections: the entry of the log, and corrections.xlsx."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from census_gis.language import Language, Text
from census_gis.present.bulletin_book import Sheet, write_book
from census_gis.present.bulletin_corrections import CORRECTION_HEADS, SHEET_HEADS, shown
from census_gis.store.log import Entry

__all__ = ["entry_of", "write_corrections"]

MOST_LOGGED = 40


def entry_of(
    rows: pd.DataFrame, numbers: tuple[Sequence[int], Sequence[int]], areas: pd.DataFrame, *,
    districts: Sequence[str], signed: tuple[str, str, str],
) -> Entry:  # fmt: skip
    """The act as the log keeps it.

    Parameters
    ----------
    rows
        Layer `corrections`, all of it.
    numbers
        Of those that came in now, and of those decided now.
    areas
        `changed_eas` of all districts.
    districts
        Codes of those that changed.
    signed
        Who, when, why.
    """
    by, when, reason = signed
    new, said = (rows[rows["seq"].isin(some)] for some in numbers)
    out = new["state"] == "refused"
    told = [
        f"staged {int((~out).sum())}, refused at once {int(out.sum())} (file: {', '.join(sorted(set(new['file'])))})"
        if len(new) else "",
        *(f"{state} {_listed(said[said['state'] == state]['seq'])}" if len(said) else ""
          for state in ("accepted", "refused")),
        f"districts {', '.join(districts)}" if districts else "",
    ]  # fmt: skip
    before, after = (_counts(areas, name) for name in ("persons_before", "persons"))
    return Entry(
        when, by.strip() or "census-gis corrections", "corrections", "; ".join(filter(None, told)),
        before, after, reason.strip(),
    )  # fmt: skip


def _counts(areas: pd.DataFrame, name: str) -> str:
    known = areas.dropna(subset=[name])
    pairs = zip(known["ea_code"], known[name], strict=True)
    return ", ".join([f"{code}={persons}" for code, persons in pairs][:MOST_LOGGED])


def _listed(numbers: Any) -> str:
    listed = [str(number) for number in numbers]
    more = f" … +{len(listed) - MOST_LOGGED}" if len(listed) > MOST_LOGGED else ""
    return f"{', '.join(listed[:MOST_LOGGED])}{more}" or "none"


def write_corrections(
    rows: pd.DataFrame, areas: pd.DataFrame, path: Path, *, project: str, language: Language,
    why: Mapping[int, Text],
) -> None:  # fmt: skip
    """corrections.xlsx: what was handed in and what became of it, and the sheets to print again.

    Parameters
    ----------
    rows
        Layer `corrections`, all of it.
    areas
        `changed_eas`.
    path
        The file.
    project
        Its name.
    language
        Of headings and words.
    why
        Number to reason, of rows refused now; reasons of before are in the language of the plan.
    """
    table = pd.DataFrame(rows.drop(columns="geometry"))
    table["reason"] = [
        why[seq].of(language) if seq in why else said
        for seq, said in zip(table["seq"], table["reason"], strict=True)
    ]
    write_book(
        path, [Sheet(Text("Corrections", "外业更正"), shown(table, language), CORRECTION_HEADS),
               Sheet(Text("Sheets to print again", "需重新制图的小区"), shown(areas, language), SHEET_HEADS)],
        project=project, language=language,
    )  # fmt: skip
