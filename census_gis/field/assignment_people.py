"""Who there is, and what EAs ask of them: the staff list, homes, capacities and skills as numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import Transformer

from census_gis.errors import ConfigError
from census_gis.field.assignment import FREE, Openings, People
from census_gis.findings import Kind
from census_gis.language import Language, Text
from census_gis.profile import Profile

__all__ = [
    "CODES",
    "Need",
    "crs_of",
    "items_in",
    "listed",
    "needs_of",
    "numbered",
    "openings_of",
    "people_of",
    "posts_only",
    "role_of",
    "skill_bits",
    "words_of",
]

FAR_HOME = Kind(
    "T121", "warning",
    Text("{n} homes of the staff list are more than {km:g} km from every EA and were not used, e.g. {who}.",
         "名册中 {n} 人的住处距所有普查小区超过 {km:g} 千米，未予采用，如 {who}。"),
    Text("correct x and y (metres of the project, or longitude and latitude).",
         "请更正 x、y（项目坐标，单位米；或经纬度）。"),
)  # fmt: skip
UNKNOWN_NEED = Kind(
    "T122", "warning",
    Text("staff.needs: no EA code begins with {prefix}.", "staff.needs：没有以 {prefix} 开头的普查小区。"),
    Text("correct the code.", "请更正代码。"),
)  # fmt: skip
NO_ROLE = Kind(
    "T123", "warning",
    Text("{n} people of the staff list are neither enumerator nor supervisor and get no work, e.g. {who} ({role}).",
         "名册中 {n} 人既非普查员也非普查指导员，未安排工作，如 {who}（{role}）。"),
    Text("write enumerator or supervisor in the column role.", "请在 role 列填写 enumerator（普查员）或 supervisor（普查指导员）。"),
)  # fmt: skip
CODES = tuple(kind.code for kind in (FAR_HOME, UNKNOWN_NEED, NO_ROLE))
FAR_KM = 200.0
HOME_M = 100.0  # homes are kept to a hundred metres: enough for the way, and nobody's door
MARKS = str.maketrans(dict.fromkeys(",，、;；/|", " "))
ROLES = {"enumerator": "enumerator", "supervisor": "supervisor", "普查员": "enumerator",
         "普查指导员": "supervisor", "指导员": "supervisor"}  # fmt: skip
MOST_DEGREES = (180.0, 90.0)
TITLE: Mapping[str, Text] = {
    "supervisor": Text("Supervisor {n:03d}", "普查指导员{n:03d}"),
    "enumerator": Text("Enumerator {n:03d}", "普查员{n:03d}"),
}


@dataclass(frozen=True)
class Need:
    """EAs whose code begins with a prefix ask for skills."""

    prefix: str
    skills: tuple[str, ...]


def items_in(text: object) -> tuple[str, ...]:
    """What a cell lists, in order, whatever stands between.

    Examples
    --------
    >>> items_in("310118001002001、310118001002004")
    ('310118001002001', '310118001002004')
    """
    return () if pd.isna(text) else tuple(str(text).translate(MARKS).split())


def words_of(text: object) -> tuple[str, ...]:
    """Skills in a cell, lower case, in order, each once.

    Examples
    --------
    >>> words_of("Uyghur、Sign; uyghur")
    ('sign', 'uyghur')
    """
    return tuple(sorted({word.casefold() for word in items_in(text)}))


def needs_of(profile: Profile) -> tuple[Need, ...]:
    """Rule `staff.needs`: ``310118001002 = uyghur; 310118003 = sign, wu``.

    Raises
    ------
    ConfigError
        If it is written otherwise.
    """
    needs = []
    said = str(profile["staff.needs"]).replace("；", ";").replace("＝", "=")
    for part in filter(None, (piece.strip() for piece in said.split(";"))):
        prefix, mark, skills = part.partition("=")
        if not (mark and prefix.strip() and words_of(skills)):
            raise ConfigError(
                Text(f"“{part}” is not CODE = SKILL.", f"“{part}”不是“代码 = 技能”的形式。"),
                where="[rules] staff.needs",
                fix=Text('write for example "310118001002 = uyghur; 310118003 = sign".',
                         '写法示例：“310118001002 = 维语; 310118003 = 手语”。'),
            )  # fmt: skip
        needs.append(Need(prefix.strip(), words_of(skills)))
    return tuple(needs)


def skill_bits(skills: Sequence[tuple[str, ...]], known: Sequence[str]) -> NDArray[np.int64]:
    """Skills as bits of the known ones; others nobody asks for."""
    number = {word: np.int64(1) << np.int64(i) for i, word in enumerate(known)}
    return np.array([sum(number.get(w, 0) for w in words) for words in skills], dtype=np.int64)


def openings_of(
    areas: pd.DataFrame, at: NDArray[np.float64], district: NDArray[np.int64],
    needs: Sequence[Need], known: Sequence[str],
) -> tuple[Openings, list[dict[str, object]]]:  # fmt: skip
    """EAs as openings, ordered as they are, and needs that are about none of them."""
    codes = areas["ea_code"].astype(str)
    asked: list[set[str]] = [set() for _ in codes]
    found = []
    for need in needs:
        rows = np.flatnonzero(codes.str.startswith(need.prefix))
        if not len(rows):
            found.append(UNKNOWN_NEED.at("staff", need.prefix, prefix=need.prefix))
        for row in rows:
            asked[row].update(need.skills)
    persons = (
        areas["persons"].to_numpy(np.int64)
        if "persons" in areas
        else np.zeros(len(areas), np.int64)
    )
    bits = skill_bits([tuple(sorted(words)) for words in asked], known)
    none = np.full(len(areas), FREE, dtype=np.int64)
    return Openings(at[:, 0], at[:, 1], district, persons, bits, none), found


def listed(
    people: pd.DataFrame, at: NDArray[np.float64], crs: object
) -> tuple[pd.DataFrame, list[dict[str, object]]]:
    """The staff list in order, with roles said in one way and homes in the plan's metres.

    Homes are rounded to 100 m; in degrees they are taken as longitude and latitude.
    """
    table = people.sort_values("staff_id", kind="stable", ignore_index=True).copy()
    said = table["role"].astype(object).where(table["role"].notna(), "")
    table["role"] = said.map(role_of)
    found = []
    others = table[~table["role"].isin(list(TITLE))]
    if len(others):
        first = others.iloc[0]
        found.append(
            NO_ROLE.at("staff", n=len(others), who=first["staff_id"], role=first["role"] or "-")
        )
    for name in ("x", "y"):
        table[name] = pd.to_numeric(table[name]).astype("float64") if name in table else np.nan
    homes = table[["x", "y"]].to_numpy(np.float64, copy=True)
    given = ~np.isnan(homes).any(axis=1)
    if given.any() and crs is not None and _in_degrees(homes[given], at):
        turn = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
        homes[given] = np.column_stack(turn.transform(homes[given, 0], homes[given, 1]))
    far = given & ~_near(homes, at)
    if far.any():
        who = table["staff_id"].iloc[int(np.flatnonzero(far)[0])]
        found.append(FAR_HOME.at("staff", n=int(far.sum()), km=FAR_KM, who=who))
    homes[~given | far] = np.nan
    table[["x", "y"]] = np.round(homes / HOME_M) * HOME_M
    return table, found


def role_of(said: object) -> str:
    """A role as it is known here, or as it is written."""
    return ROLES.get(str(said).strip().casefold(), str(said))


def _in_degrees(homes: NDArray[np.float64], at: NDArray[np.float64]) -> bool:
    """Whether homes are longitudes and latitudes: they could be, and as metres they would be nowhere near."""
    return bool((np.abs(homes) <= MOST_DEGREES).all() and not _near(homes, at).any())


def _near(homes: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.bool_]:
    low, high = at.min(axis=0) - FAR_KM * 1000, at.max(axis=0) + FAR_KM * 1000
    return ((homes >= low) & (homes <= high)).all(axis=1)


def people_of(
    table: pd.DataFrame, codes: Sequence[str], middle: NDArray[np.float64], known: Sequence[str]
) -> People:
    """People of a list as numbers; without a home they start from the middle of their district.

    Parameters
    ----------
    table
        Rows of `listed`.
    codes, middle
        Districts in order, and a point in each [m].
    known
        Skills that are asked for.
    """
    homes = table[["x", "y"]].to_numpy(np.float64, copy=True)
    district = pd.Index(codes).get_indexer(table["district_code"].to_numpy(object)).astype(np.int64)
    start = np.isnan(homes).any(axis=1) & (district >= 0)
    homes[start] = middle[district[start]]
    limit = pd.to_numeric(table["capacity"]).fillna(FREE).to_numpy(np.int64) if "capacity" in table else \
        np.full(len(table), FREE, dtype=np.int64)  # fmt: skip
    skills = (
        [words_of(text) for text in table["skills"]] if "skills" in table else [()] * len(table)
    )
    bits = skill_bits(skills, known)
    none = np.full(len(table), FREE, dtype=np.int64)
    return People(homes[:, 0], homes[:, 1], district, limit, bits, none)


def numbered(role: str, districts: Sequence[str], language: Language) -> pd.DataFrame:
    """Posts of a role without names: E0001 … or S0001 …, one for each district code given, in this order."""
    letter = "S" if role == "supervisor" else "E"
    rows = [(f"{letter}{n:04d}", role, code, TITLE[role].of(language).format(n=n))
            for n, code in enumerate(districts, start=1)]  # fmt: skip
    return pd.DataFrame(rows, columns=["staff_id", "role", "district_code", "display_name"])


def posts_only(staff: pd.DataFrame) -> bool:
    """Whether a staff layer holds posts as `numbered` makes them, and nobody of a list."""
    letter = staff["role"].map({"supervisor": "S", "enumerator": "E"})
    alike = staff["staff_id"].astype(str).str.fullmatch(r"[SE]\d{4,}") & (
        staff["staff_id"].astype(str).str[0] == letter
    )
    known = [name for name in ("capacity", "skills", "x", "y", "ea_codes") if name in staff]
    return bool(alike.all() and staff[known].isna().all(axis=None))


def crs_of(frame: pd.DataFrame) -> object:
    """CRS of a frame that may have none."""
    return frame.crs if isinstance(frame, gpd.GeoDataFrame) else None
