"""`census-gis sample`: EAs for the quality check after the census, and the frame of the long form."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from census_gis.errors import ConfigError
from census_gis.field.progress import expected_of
from census_gis.field.sample import long_form_frame, quality_sample, strata_of
from census_gis.language import Language, Text
from census_gis.present.bulletin_sample import LONG_HEADS, QUALITY_HEADS, write_sample
from census_gis.present.outputs import language_of
from census_gis.profile import nearest
from census_gis.runner.plan_file import open_plan
from census_gis.runner.recheck import profile_of

__all__ = ["KINDS", "Sampled", "draw_sample"]

KINDS = {
    "quality": Text("Quality check after the census", "事后质量抽查小区"), "longform": Text("Frame of the long form", "长表抽样框"),
}  # fmt: skip
SHARE = 0.02  # of EAs, where no number is given; at least ten
TEN = 10
DRAWN = Text("{n} of {all} EAs, {strata} strata by persons, seed {seed}; weight = EAs of the stratum / EAs drawn.",
             "从 {all} 个普查小区中抽取 {n} 个，分 {strata} 层，按人数分配，随机种子 {seed}；权数＝该层小区数／抽取数。")  # fmt: skip
LONG = Text("{n} of {all} households ({share:.1%}), every {step:g}th on the list of each EA, seed {seed}; the list must be "
            "numbered before this is opened.",
            "从 {all} 户中抽取 {n} 户（{share:.1%}），在各小区户主姓名底册上每隔 {step:g} 户抽一户，随机种子 {seed}；底册编号完成后方可启用。")  # fmt: skip


@dataclass(frozen=True)
class Sampled:
    """A sample, how it was drawn, and its files."""

    table: pd.DataFrame
    told: Text
    files: tuple[Path, ...]


def draw_sample(
    plan: Path, kind: str, *, number: int | None = None, share: float | None = None, seed: int | None = None,
    language: Language | None = None,
) -> Sampled:  # fmt: skip
    """Draw a sample from a plan and write it to its folder ``report``.

    Parameters
    ----------
    plan
        plan.gpkg; it is not changed.
    kind
        `quality` or `longform`.
    number
        EAs of the quality sample; 2 % and at least ten where it is None.
    share
        Of households with a long form; rule `pay.long_form_share`, else 0.1, where it is None.
    seed
        Of the draw; the plan's where it is None.
    language
        Of the files; None for the plan's.

    Raises
    ------
    InputError
        If the file is no plan.
    ConfigError
        If kind, number or share is out of range.
    """
    if kind not in KINDS:
        raise ConfigError(
            Text(f"there is no sample '{kind}'.", f"没有样本类型“{kind}”。"), where="KIND",
            fix=Text(f"use quality or longform (nearest: {nearest(kind, list(KINDS))}).",
                     f"请用 quality（质量抽查）或 longform（长表）（最接近：{nearest(kind, list(KINDS))}）。"),
        )  # fmt: skip
    tables = open_plan(plan)
    settings = tables["settings"].set_index("key")["value"]
    profile, spoken = profile_of(tables["settings"]), language or language_of(tables)
    chosen = int(settings["project.seed"]) if seed is None else seed
    areas = tables["enumeration_areas"]
    if kind == "quality":
        lived = int((areas["persons"] > 0).sum())
        wanted = number if number is not None else min(max(round(SHARE * lived), TEN), lived)
        strata = strata_of(areas, tables["districts"])
        names = ["ea_code", "district_code", "persons", "households"]
        table = quality_sample(pd.DataFrame(areas[names]), strata, number=wanted, seed=chosen)
        table = table.assign(
            sheet=[f"maps/{code}.pdf" for code in table["district_code"]], counted=None, by=None
        )
        said = DRAWN.format(n=len(table), all=lived, strata=table["stratum"].nunique(), seed=chosen)
        heads = QUALITY_HEADS
    else:
        part = share if share is not None else float(profile["pay.long_form_share"]) or 0.1
        homes = expected_of(areas, profile).rename(columns={"expected": "households"})
        homes["district_code"] = areas["district_code"].to_numpy(object)
        table = long_form_frame(homes, share=part, seed=chosen)
        whole, drawn = int(table["households"].sum()), int(table["long_forms"].sum())
        said = LONG.format(
            n=drawn, all=whole, share=drawn / max(whole, 1), step=1 / part, seed=chosen
        )
        heads = LONG_HEADS
    folder = plan.parent / "report"
    folder.mkdir(parents=True, exist_ok=True)
    files = write_sample(
        table, folder / f"sample_{kind}", heads=heads, told=(KINDS[kind], said),
        project=str(settings["project.name"]), language=spoken,
    )  # fmt: skip
    return Sampled(table, said, files)
