"""`census-gis corrections`: what was found on the spot is staged, then accepted or refused; the plan follows.

A plan alone is enough: it holds what its districts were planned from. EAs and codes stay; what changed is done to a copy
of the plan, which takes its place when all of it is whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from census_gis import findings
from census_gis import tables as declared
from census_gis.errors import ConfigError
from census_gis.field.corrections import corrected
from census_gis.field.corrections_copy import is_edited_copy, read_copy
from census_gis.field.corrections_judge import Ground as Court
from census_gis.field.corrections_judge import judged
from census_gis.field.corrections_late import belated, require_open
from census_gis.field.corrections_read import read_corrections
from census_gis.field.corrections_sheets import (
    changed_eas,
    kept_numbers,
    split_in_vain,
)
from census_gis.field.events import latest_day
from census_gis.inputs.layers import Ground, longitude_of
from census_gis.language import Language, Text
from census_gis.model import District
from census_gis.present.outputs import language_of
from census_gis.runner.corrections_record import entry_of, write_corrections
from census_gis.runner.district import Outcome, fabric_of, recalled, standing_of, tables_of
from census_gis.runner.keeping import amend_at_work
from census_gis.runner.plan_file import changing, open_plan
from census_gis.runner.recheck import profile_of
from census_gis.runner.standing import FROZEN
from census_gis.store.geopackage import revise
from census_gis.store.log import Entry
from census_gis.store.packing import pack
from census_gis.store.shelf import stored_district

__all__ = ["Corrected", "Decision", "take_corrections"]

BOOK = "corrections.xlsx"


@dataclass(frozen=True)
class Decision:
    """Who decides what, when.

    Attributes
    ----------
    by, now, reason : who, when (ISO 8601, UTC), why
    accept, refuse : numbers of corrections, or ("all",)
    resplit : whether EAs above the band are divided
    language : of corrections.xlsx; None for the plan's
    """

    by: str
    now: str
    reason: str = ""
    accept: tuple[str, ...] = ()
    refuse: tuple[str, ...] = ()
    resplit: bool = False
    language: Language | None = None


@dataclass(frozen=True)
class Corrected:
    """What became of corrections.

    Attributes
    ----------
    rows : layer `corrections`, all of it
    fresh : numbers of those that came in now
    decided : numbers of those that were accepted or refused now
    areas : `changed_eas`
    unsplit : EAs above the band that could not be divided, and why
    errors : error findings of the districts that changed
    why : number to why of those that cannot stand: refused as they came in, or when they were to be accepted
    files : what was written
    """

    rows: gpd.GeoDataFrame
    fresh: tuple[int, ...]
    decided: tuple[int, ...]
    areas: pd.DataFrame
    unsplit: Mapping[str, str]
    errors: pd.DataFrame
    files: tuple[Path, ...] = ()
    why: Mapping[int, Text] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """1 where a row was refused now, or a changed district has an error."""
        now = self.rows[self.rows["seq"].isin(self.fresh)]
        return 1 if (now["state"] == "refused").any() or self.why or len(self.errors) else 0


def take_corrections(
    plan: Path, file: Path | None, *, decision: Decision, layer: str | None = None
) -> Corrected:
    """Take in a file of corrections, decide on some, and bring the plan up to date.

    Parameters
    ----------
    plan
        plan.gpkg.
    file
        Corrections; None only decides on those that wait.
    decision
        Who accepts or refuses which.
    layer
        Layer or sheet of the file, where it has several.

    Raises
    ------
    InputError
        If a file cannot be used, or a correction of a reported district is accepted; nothing is changed then.
    ConfigError
        If nobody is named for a decision, or a number is none that waits.
    """
    with changing(plan):
        tables = open_plan(plan)
        rows, why = _staged(file, layer, tables, decision)
        fresh = tuple(rows["seq"].tolist()[len(tables["corrections"]) :])
        rows, decided = _decided(rows, fresh, decision)
        if not fresh and not decided:
            return _made(rows, ((), ()), ())
        require_open(tables["districts"], rows[rows["seq"].isin(decided)])
        desk = _Desk(plan, tables, decision)
        rows, late = desk.held(rows, decided)
        why = {**why, **late}
        accepted = rows[rows["seq"].isin(decided) & (rows["state"] == "accepted")]
        works = [desk.worked(code, accepted) for code in sorted(set(accepted["district_code"]))]
        made = _made(rows, (fresh, decided), works)
        entry = entry_of(
            rows, (fresh, decided), made.areas, districts=[work.outcome.code for work in works],
            signed=(decision.by, decision.now, decision.reason),
        )  # fmt: skip
        _written(plan, tables, rows, works, entry)
        report = plan.parent / "report"
        report.mkdir(parents=True, exist_ok=True)
        write_corrections(
            made.rows, made.areas, report / BOOK, why=why, language=decision.language or language_of(tables),
            project=str(tables["settings"].set_index("key")["value"]["project.name"]),
        )  # fmt: skip
    return replace(made, files=(report / BOOK,), why=why)


@dataclass(frozen=True)
class _Work:
    """One district corrected, ready to be written."""

    outcome: Outcome
    district: District
    areas: pd.DataFrame
    unsplit: Mapping[str, str]


def _staged(
    file: Path | None, layer: str | None, tables: Mapping[str, gpd.GeoDataFrame], decision: Decision
) -> tuple[gpd.GeoDataFrame, Mapping[int, Text]]:
    """Layer `corrections` with the rows of a file behind it, and why some of these are refused."""
    known = tables["corrections"]
    if file is None:
        return known, {}
    districts = tables["districts"]
    ground = Ground(districts.crs, longitude_of(districts))
    if is_edited_copy(file, layer):
        found = read_copy(file, tables["dwelling_parts"], layer=layer, ground=ground,
                          signed=(decision.by.strip(), decision.now[:10]))  # fmt: skip
    else:
        found = read_corrections(file, ground=ground, layer=layer)
    court = Court(
        districts, tables["dwelling_parts"], known, profile_of(tables["settings"]), latest_day(decision.now),
        language_of(tables),
    )  # fmt: skip
    fresh = judged(found, court, file=file.name)
    every = pd.concat([known, fresh.rows], ignore_index=True) if len(known) else fresh.rows
    return declared.conform(every, "corrections", crs=districts.crs), fresh.why


def _decided(
    rows: gpd.GeoDataFrame, fresh: Sequence[int], decision: Decision
) -> tuple[gpd.GeoDataFrame, tuple[int, ...]]:
    """The rows with what is accepted and refused now, and their numbers."""
    waiting = rows.loc[rows["state"] == "staged", "seq"].tolist()
    yes, no = (_asked(said, waiting, fresh, option) for option, said in
               (("--accept", decision.accept), ("--refuse", decision.refuse)))  # fmt: skip
    both = sorted(set(yes) & set(no))
    if both:
        raise ConfigError(
            Text(f"{len(both)} corrections are both accepted and refused.", f"{len(both)} 条更正既采纳又不采纳。"),
            where="--accept, --refuse", rows=both, fix=Text("name each once.", "每条只列一次。"),
        )  # fmt: skip
    if (yes or no) and not decision.by.strip():
        raise ConfigError(
            Text("nobody is named who decides.", "未写明由谁审定。"), where="--by",
            fix=Text('add --by "Zhang San".', '请加上 --by "张三"。'),
        )  # fmt: skip
    if no and not decision.reason.strip():
        raise ConfigError(
            Text("a refusal needs a reason.", "不采纳须写明原因。"), where="--reason",
            fix=Text('add --reason "…".', '请加上 --reason "…"。'),
        )  # fmt: skip
    out = rows.copy()
    for numbers, state in ((yes, "accepted"), (no, "refused")):
        mine = out["seq"].isin(numbers)
        out.loc[mine, ["state", "decided_by", "decided_on"]] = [
            state,
            decision.by.strip(),
            decision.now,
        ]
    out.loc[out["seq"].isin(no), "reason"] = decision.reason.strip()
    return out, tuple(sorted([*yes, *no]))


def _asked(
    said: Sequence[str], waiting: Sequence[int], fresh: Sequence[int], option: str
) -> list[int]:
    """Numbers an option names; all: those of this file where there is one, else all that wait."""
    if tuple(said) == ("all",):
        mine = set(fresh)
        return [seq for seq in waiting if not mine or seq in mine]
    strange = [word for word in said if not word.isdecimal() or int(word) not in set(waiting)]
    if strange:
        raise ConfigError(
            Text(f"{len(strange)} numbers are none of a correction that waits.", f"{len(strange)} 个编号不是待审定的更正。"),
            where=option, rows=strange,
            fix=Text(f"{len(waiting)} wait: {', '.join(map(str, waiting[:20])) or '-'}; or all.",
                     f"待审定 {len(waiting)} 条：{'、'.join(map(str, waiting[:20])) or '无'}；或写 all。"),
        )  # fmt: skip
    return [int(word) for word in said]


class _Desk:
    """Districts worked on: corrected, their EAs and codes kept, divided again where that is asked for."""

    def __init__(
        self, plan: Path, tables: Mapping[str, gpd.GeoDataFrame], decision: Decision
    ) -> None:
        self._plan, self._tables, self._decision = plan, tables, decision
        self._language: Language = language_of(tables)
        self._profile = profile_of(tables["settings"])

    def held(
        self, rows: gpd.GeoDataFrame, decided: Sequence[int]
    ) -> tuple[gpd.GeoDataFrame, dict[int, Text]]:
        """The rows, refused again where they are accepted now and can stand no more, and why these."""
        accepted = rows[rows["seq"].isin(decided) & (rows["state"] == "accepted")]
        late: dict[int, Text] = {}
        for code in sorted(set(accepted["district_code"])):
            late |= belated(stored_district(self._plan, code), accepted)
        out = rows.copy()
        for seq, why in late.items():
            out.loc[out["seq"] == seq, ["state", "reason"]] = ["refused", why.of(self._language)]
        return out, late

    def worked(self, code: str, accepted: pd.DataFrame) -> _Work:
        """One district after its accepted corrections."""
        district = corrected(stored_district(self._plan, code), accepted)
        none = declared.empty("EDITS", self._tables["districts"].crs)
        made = self._planned(code, district, none)
        areas = self._changed(code, made)
        unsplit: dict[str, str] = {}
        large = areas.loc[(areas["band"] == "above"), "ea_code"].tolist()
        if self._decision.resplit and large:
            made, unsplit = self._divided(code, district, made, large)
            areas = self._changed(code, made)
        return _Work(Outcome(code, made), district, areas, unsplit)

    def _divided(
        self, code: str, district: District, whole: dict[str, pd.DataFrame], large: Sequence[str]
    ) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:  # fmt: skip
        """EAs divided where their pieces are nearer to the band; the others with why they are whole."""
        wanted, unsplit, made = list(large), dict[str, str](), whole
        while wanted:
            made = self._planned(code, district, self._orders(wanted))
            vain = split_in_vain(
                wanted, (whole["dwelling_parts"], made["dwelling_parts"]), self._profile
            )
            if not vain:
                return made, unsplit | _undone(made, self._tables["edits"], code)
            unsplit |= {ea: why.of(self._language) for ea, why in vain.items()}
            wanted, made = [ea for ea in wanted if ea not in vain], whole
        return made, unsplit

    def _planned(
        self, code: str, district: District, orders: gpd.GeoDataFrame
    ) -> dict[str, pd.DataFrame]:
        day = self._decision.now[:10]
        standing = standing_of(self._tables, code, day=day, orders=orders)
        made = recalled(standing, fabric_of(district, standing), self._language)
        layers = tables_of(made, self._language)
        known = set(
            self._tables["edits"].loc[self._tables["edits"]["district_code"] == code, "seq"]
        )
        edits = layers["edits"]
        layers["edits"] = edits.assign(
            origin=edits["origin"].where(edits["seq"].isin(known), "corrections")
        )
        if standing.state in FROZEN:
            layers["dwelling_parts"] = kept_numbers(standing.ground.parts, layers["dwelling_parts"])
        return layers

    def _changed(self, code: str, layers: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        names = ("enumeration_areas", "dwelling_parts")
        before = {
            name: self._tables[name][self._tables[name]["district_code"] == code] for name in names
        }
        return changed_eas(before, {name: layers[name] for name in names}, self._profile)

    def _orders(self, codes: Sequence[str]) -> gpd.GeoDataFrame:
        """Edits that divide EAs."""
        words = Text("above the band after field corrections", "外业更正后超出人数上限").of(
            self._language
        )
        rows = [{"seq": nth, "op": "split", "ea_code": code, "reason": words, "who": self._decision.by.strip(),
                 "when": self._decision.now[:10], "district_code": None}
                for nth, code in enumerate(codes, start=1)]  # fmt: skip
        frame = pd.DataFrame(rows, columns=declared.names("EDITS"))
        return declared.conform(frame, "EDITS", crs=self._tables["districts"].crs)


def _undone(layers: Mapping[str, pd.DataFrame], before: pd.DataFrame, code: str) -> dict[str, str]:
    """EAs that were to be divided and were not, with the reason."""
    known = set(before.loc[before["district_code"] == code, "seq"])
    new = layers["edits"][~layers["edits"]["seq"].isin(known)]
    rows = new[(new["op"] == "split") & (new["outcome"] != "done")]
    return dict(zip(rows["ea_code"], rows["outcome"], strict=True))


def _written(
    plan: Path, tables: Mapping[str, gpd.GeoDataFrame], rows: gpd.GeoDataFrame, works: Sequence[_Work], entry: Entry
) -> None:  # fmt: skip
    """Write what was decided, and the districts that changed: all of it, or nothing."""
    if not works:
        with revise(plan, entries=[entry]) as copy:
            copy.put("corrections", rows)
        return
    amend_at_work(
        plan, [work.outcome for work in works], entries=[entry], before=tables, layers={"corrections": rows},
        packed={work.outcome.code: pack(work.district) for work in works},
    )  # fmt: skip


def _made(
    rows: gpd.GeoDataFrame, numbers: tuple[tuple[int, ...], tuple[int, ...]], works: Sequence[_Work]
) -> Corrected:
    areas = pd.concat([work.areas for work in works], ignore_index=True) if works else _none()
    unsplit = {code: why for work in works for code, why in work.unsplit.items()}
    found = [work.outcome.tables["findings"] for work in works]
    every = pd.concat(found, ignore_index=True) if found else findings.frame([], None)
    errors = pd.DataFrame(every[every["severity"] == "error"].drop(columns="geometry"))
    return Corrected(rows, *numbers, areas, unsplit, errors)


def _none() -> pd.DataFrame:
    return pd.DataFrame(columns=["ea_code", "change", "persons_before", "persons", "band", "was"])
