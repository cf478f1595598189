"""`census-gis sign`: the plan of a district goes one state forward, or back with a reason; every act is logged.

A district with errors goes no step forward unless somebody answers for each (an edit `exempt`). What is
signed is noted as a fingerprint, so that a change behind the signature's back is seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import pandas as pd

from census_gis.areas.audit import audit_tables
from census_gis.errors import ConfigError, InputError
from census_gis.findings import in_language
from census_gis.language import Language, Text
from census_gis.present.outputs import language_of
from census_gis.profile import nearest
from census_gis.runner.fingerprint import LAYERS as SIGNED_LAYERS
from census_gis.runner.fingerprint import fingerprints
from census_gis.runner.plan_file import changing, open_plan
from census_gis.runner.recheck import profile_of
from census_gis.runner.states import STATES, role_of, state_of
from census_gis.store import log
from census_gis.store.geopackage import read_log, revise

__all__ = ["Act", "Signed", "noted", "sign"]

ORDER = list(STATES)
READ = (*SIGNED_LAYERS, "ea_lines", "settings", "findings", "retired_codes")
SHOWN = ("code", "layer", "row_key", "message", "fix", "district_code")


@dataclass(frozen=True)
class Act:
    """Who signs, why, in which role (table of `census_gis.runner.states.ROLES`), and when (ISO 8601, UTC)."""

    by: str
    now: str
    reason: str = ""
    role: str = ""


@dataclass(frozen=True)
class Signed:
    """What a signature did.

    Attributes
    ----------
    state
        The state asked for.
    before
        State before, for each district that was signed.
    unchanged
        Districts that were in the state already.
    refused
        Error findings, by district, of those that stay where they are.
    general
        Error findings that are about no single district; they hold nobody up.
    """

    state: str
    before: Mapping[str, str]
    unchanged: tuple[str, ...] = ()
    refused: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    general: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def exit_code(self) -> int:
        """1 where a district was refused."""
        return 1 if self.refused else 0


def sign(plan: Path, state: str, *, act: Act, districts: Sequence[str] = ()) -> Signed:
    """Move districts to a state, one step forward or back.

    Parameters
    ----------
    plan
        plan.gpkg.
    state
        draft, checked, approved or reported, or its Chinese name.
    act
        Who, when, why.
    districts
        Codes; all districts where none is named.

    Raises
    ------
    ConfigError
        If state, role or a district is unknown, nobody is named, the step is longer than one, a
        withdrawal has no reason, or another process is writing to the plan's folder.
    InputError
        If the file is no plan, or its log is not whole: nothing is signed on a broken log.
    """
    target, role = state_of(state), role_of(act.role)
    if not act.by.strip():
        raise _missing(
            "--by", Text("a signature needs a name.", "签署必须写明签署人。"), '--by "张三"'
        )
    with changing(plan):
        return _signed(plan, target, act=_with_role(act, role), districts=districts)


def noted(codes_by_state: Mapping[str, Sequence[str]]) -> str:
    """States and their districts as the log keeps them: ``draft: 001, 002; checked: 003``."""
    return "; ".join(f"{state}: {', '.join(codes)}" for state, codes in codes_by_state.items())


def _signed(plan: Path, target: str, *, act: Act, districts: Sequence[str]) -> Signed:
    """What `sign` does while nobody else writes to the plan."""
    tables = open_plan(plan, READ)
    _require_whole_log(plan)
    table = tables["districts"]
    chosen = _chosen(table["district_code"].tolist(), districts)
    stands = dict(zip(table["district_code"], table["state"], strict=True))
    unchanged = tuple(code for code in chosen if stands[code] == target)
    moving = [code for code in chosen if stands[code] != target]
    _require_single_steps(moving, stands, target)
    back = [code for code in moving if ORDER.index(stands[code]) > ORDER.index(target)]
    if back and not act.reason.strip():
        raise _missing(
            "--reason",
            Text("a withdrawal needs a reason.", "退回必须写明原因。"),
            '--reason "…"',
        )
    refused, general = _standing_errors(tables, [code for code in moving if code not in set(back)])
    going = {code: stands[code] for code in moving if code not in refused}
    if going:
        _write(plan, tables, going, target=target, act=act)
    return Signed(target, going, unchanged, refused, general)


def _with_role(act: Act, role: str) -> Act:
    return Act(act.by.strip(), act.now, act.reason.strip(), role)


def _missing(option: str, what: Text, example: str) -> ConfigError:
    return ConfigError(what, where=option, fix=Text(f"add {example}.", f"请加上 {example}。"))


def _require_whole_log(plan: Path) -> None:
    broken = log.verify(read_log(plan))
    if broken is not None:
        raise InputError(
            Text(f"the audit log is broken at entry {broken}; nothing is signed on it.",
                 f"审计日志在第 {broken} 条处断裂，不能在其上签署。"),
            where=str(plan),
            fix=Text("see `census-gis audit`, and go back to a copy that is whole.",
                     "请运行 `census-gis audit` 查看，并恢复完整的备份。"),
        )  # fmt: skip


def _chosen(known: Sequence[str], asked: Sequence[str]) -> list[str]:
    """The districts asked for, all where none is, in the plan's order."""
    strange = [code for code in asked if code not in set(known)]
    if strange:
        near = nearest(strange[0], list(known))
        raise ConfigError(
            Text(f"there is no district {strange[0]} in the plan.", f"方案中没有普查区 {strange[0]}。"),
            where="--district", rows=strange,
            fix=Text(f"the nearest code is {near}.", f"最接近的代码是 {near}。"),
        )  # fmt: skip
    return [code for code in known if not asked or code in set(asked)]


def _require_single_steps(codes: Sequence[str], stands: Mapping[str, str], target: str) -> None:
    far = [code for code in codes if abs(ORDER.index(stands[code]) - ORDER.index(target)) > 1]
    if not far:
        return
    now = stands[far[0]]
    step = 1 if ORDER.index(target) > ORDER.index(now) else -1
    following = ORDER[ORDER.index(now) + step]
    raise ConfigError(
        Text(f"{len(far)} districts are {now}; {target} is more than one step away.",
             f"{len(far)} 个普查区处于“{STATES[now].zh}”，到“{STATES[target].zh}”不止一步。"),
        where="STATE", rows=far,
        fix=Text(f"sign them {following} first, or choose others with --district.",
                 f"请先签为“{STATES[following].zh}”（{following}），或用 --district 选择其他普查区。"),
    )  # fmt: skip


def _standing_errors(
    tables: Mapping[str, gpd.GeoDataFrame], codes: Sequence[str]
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Errors of each district that nobody answers for, and those of no single district.

    The plan is audited again, since it may have been changed in another program. An error that stands in the
    plan as a warning or note was exempted.
    """
    language: Language = language_of(tables)
    stored = pd.DataFrame(tables["findings"].drop(columns="geometry"))
    graver = stored["severity"] == "error"
    exempt = set(_keys(stored[~graver]))
    fresh = in_language(_audited(tables, codes), language).drop(columns="geometry")
    fresh = fresh[fresh["severity"] == "error"]
    answered = pd.Series([key in exempt for key in _keys(fresh)], index=fresh.index, dtype=bool)
    errors = pd.concat([stored[graver], pd.DataFrame(fresh[~answered])], ignore_index=True)
    errors["district_code"] = _districts_of(errors, tables)
    errors = errors.reindex(columns=list(SHOWN)).drop_duplicates(["code", "layer", "row_key"])
    general = errors[errors["district_code"].isna()]
    by_code = dict(list(errors.groupby("district_code", sort=True)))
    return {code: by_code[code] for code in codes if code in by_code}, general


def _keys(found: pd.DataFrame) -> list[tuple[str, str, str]]:
    return list(zip(found["code"], found["layer"], found["row_key"].fillna(""), strict=True))


def _audited(tables: Mapping[str, gpd.GeoDataFrame], codes: Sequence[str]) -> gpd.GeoDataFrame:
    """The audit of some districts, by the rules the plan carries."""
    mine = {
        name: tables[name][tables[name]["district_code"].isin(list(codes))].reset_index(drop=True)
        for name in ("districts", "enumeration_areas", "dwelling_parts")
    }
    lines = tables["ea_lines"]
    own = lines["left_ea"].isin(mine["enumeration_areas"]["ea_code"])
    return audit_tables(
        mine["districts"], mine["enumeration_areas"], mine["dwelling_parts"],
        lines[own].reset_index(drop=True), profile_of(tables["settings"]),
        retired=tables["retired_codes"],
    )  # fmt: skip


def _districts_of(found: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> list[str | None]:
    """District of each finding: as written, else that of the row it is about; None for the whole plan."""
    rows = {code: code for code in tables["districts"]["district_code"]}
    for layer, key in (
        ("enumeration_areas", "ea_code"),
        ("dwelling_parts", "part_id"),
        ("dwelling_parts", "building_id"),
    ):
        table = tables[layer]
        rows |= dict(zip(table[key], table["district_code"], strict=True))
    said = found["district_code"] if "district_code" in found else pd.Series(None, found.index)
    return [
        code if isinstance(code, str) and code else rows.get(key)
        for code, key in zip(said, found["row_key"], strict=True)
    ]


def _write(
    plan: Path,
    tables: Mapping[str, pd.DataFrame],
    going: Mapping[str, str],
    *,
    target: str,
    act: Act,
) -> None:
    seals = fingerprints(tables, going)
    left = {
        state: [code for code, was in going.items() if was == state]
        for state in ORDER
        if state in going.values()
    }
    parameters = f"state={target}" + (f" role={act.role}" if act.role else "")
    entry = log.Entry(
        time=act.now, actor=act.by, operation="sign", parameters=parameters, before=noted(left),
        after=noted({target: [f"{code}#{seals[code]}" for code in going]}), reason=act.reason,
    )  # fmt: skip
    with revise(plan, entries=[entry]) as draft:
        draft.connection.executemany(
            "UPDATE districts SET state = ? WHERE district_code = ?",
            [(target, code) for code in going],
        )
