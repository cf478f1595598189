"""What people decided of EAs and buildings: exempt ones have notes, and a number of EAs asked for is no error."""

from __future__ import annotations

import re
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from shapely import Point

from census_gis import findings
from census_gis.areas.counts import ABOVE, BELOW
from census_gis.areas.edits import DONE
from census_gis.areas.sums import numbers
from census_gis.language import Text
from census_gis.partitioning.misfits import ASKED
from census_gis.profile import Profile

__all__ = ["exempted", "with_numbers_asked_for"]

BY = Text(" (exempt by {who}{when}: {reason})", "（{who}{when_zh}准予例外：{reason}）")
# Rules of size and of cutting can be waived; laws (A: tiling, sums, codes) cannot.
WAIVED = ("S", "G2")


def exempted(
    found: gpd.GeoDataFrame, edits: pd.DataFrame, parts: pd.DataFrame, *, spare: int,
    areas: gpd.GeoDataFrame | None = None,
) -> gpd.GeoDataFrame:  # fmt: skip
    """Findings about size as notes where somebody decided so.

    Parameters
    ----------
    found : table FINDINGS
    edits : rows of layer `edits`, as `edit` returns them in `done`
        Those with op = exempt that were done. An EA is known by the dwelling part its row names, one without any
        by the place in it that the row keeps.
    parts : layer `dwelling_parts`
        With the codes of now.
    spare : int
        Rule `ea.persons.spare` [persons].
    areas : layer `enumeration_areas`, optional
        With the codes of now: without it EAs without a dwelling part are not known again.

    Returns
    -------
    GeoDataFrame
        The same cases; those waived have severity note and say who decided and why. An exempt building
        also waives the size of the EA it fills (all but `ea.persons.spare` of its persons).
    """
    if not len(edits) or not len(found):
        return found
    rows = edits[(edits["op"] == "exempt") & (edits["outcome"] == DONE)]
    if not len(rows):
        return found
    words = _waivers(rows, parts, spare)
    if areas is not None:
        words |= _waivers_of_places(rows, areas)
    cases = []
    for case in found.to_dict("records"):
        by = words.get((case["layer"] == "enumeration_areas", case["row_key"]))
        if by is not None and str(case["code"]).startswith(WAIVED) and case["severity"] != "note":
            case |= {
                "severity": "note",
                "message_en": case["message_en"] + by.en,
                "message_zh": case["message_zh"] + by.zh,
            }
        cases.append(case)
    return findings.frame(cases, found.crs)


def with_numbers_asked_for(
    found: gpd.GeoDataFrame, told: pd.DataFrame, areas: pd.DataFrame, profile: Profile
) -> gpd.GeoDataFrame:
    """Findings about size where the number of EAs was asked for: that is said, and nothing against it.

    Parameters
    ----------
    found : table FINDINGS
        Of the audit, or of everything.
    told : table FINDINGS, or layer `findings`
        Where S117 is said of an EA.
    areas : layer `enumeration_areas`
        With the codes of now.

    Returns
    -------
    GeoDataFrame
        S117 for S401 and S402 of the same EA, as long as the EA has the size of which S117 was said.
    """
    said = told[(told["code"] == ASKED.code).to_numpy(bool)]
    if not len(said):
        return found
    size = dict(zip(areas["ea_code"], numbers(areas[str(profile["ea.primary"])]), strict=True))
    text = said["message" if "message" in said else "message_en"]
    holds = [
        size.get(code) == _size_said(words)
        for code, words in zip(said["row_key"], text, strict=True)
    ]
    said = said[holds]
    about_size = found["code"].isin([BELOW.code, ABOVE.code]) & found["row_key"].isin(said["row_key"])  # fmt: skip
    kept = found[~(about_size | (found["code"] == ASKED.code)).to_numpy(bool)]
    rows = [findings.in_both(row) if "message" in row else row for row in said.to_dict("records")]
    return findings.frame([*kept.to_dict("records"), *rows], found.crs)


def _size_said(words: str) -> int:
    """Size of an EA that S117 says, -1 where the sentence is another; a plan keeps nothing but the sentence."""
    for half in ASKED.message:
        before, _, after = half.partition("{persons")
        number = re.match(r"\d[\d,]*", words.removeprefix(before))
        if after and number and words.startswith(before):
            return int(number.group().replace(",", ""))
    return -1


def _waivers(rows: pd.DataFrame, parts: pd.DataFrame, spare: int) -> dict[tuple[bool, str], Text]:
    """Who decided and why, by (whether it is an EA, its code or the key of a building)."""
    code_of = parts.drop_duplicates("part_id").set_index("part_id")["ea_code"]
    words: dict[tuple[bool, str], Text] = {}
    for row in rows.sort_values("seq", kind="stable").to_dict("records"):
        by = _by(row)
        part, building = _text(row["part_id"]), _text(row["building_id"])
        if _text(row["ea_code"]):
            if part:  # without one it was dissolved later, and its code may mean another EA by now
                words[True, str(code_of.get(part, row["ea_code"]))] = by
            continue
        column, key = ("part_id", part) if part else ("building_id", building)
        words[False, key] = by
        for code in sorted(set(parts.loc[parts[column] == key, "ea_code"])):
            mine = parts[parts["ea_code"] == code]
            if int(mine.loc[mine[column] != key, "persons"].sum()) <= spare:
                words[True, code] = by
    return words


def _waivers_of_places(rows: pd.DataFrame, areas: gpd.GeoDataFrame) -> dict[tuple[bool, str], Text]:
    """The same for EAs without a building: the one on the ground in which the place lies."""
    words: dict[tuple[bool, str], Text] = {}
    ground = areas[areas["kind"] == "ground"]
    tree = shapely.STRtree(ground.geometry.to_numpy())
    for row in rows.sort_values("seq", kind="stable").to_dict("records"):
        place = row.get("geometry")
        if not _text(row["ea_code"]) or _text(row["part_id"]) or not isinstance(place, Point):
            continue
        for at in sorted(tree.query(place, predicate="intersects"))[:1]:
            words[True, str(ground["ea_code"].iloc[at])] = _by(row)
    return words


def _by(row: dict[str, Any]) -> Text:
    """Who decided, when and why."""
    return BY.format(
        who=row["who"], reason=row["reason"], when=_when(row, ", "), when_zh=_when(row, "，")
    )


def _when(row: dict[str, Any], comma: str) -> str:
    return f"{comma}{_text(row['when'])}" if _text(row["when"]) else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
