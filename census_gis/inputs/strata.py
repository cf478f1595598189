"""Do the strata of districts and the profile's tables for them fit together?"""

from __future__ import annotations

import pandas as pd

from census_gis.findings import Kind
from census_gis.inputs.layers import Cases
from census_gis.language import Text
from census_gis.profile import Profile

__all__ = ["check_strata"]

UNUSED = Kind(
    "D141", "warning",
    Text("the profile has rules for stratum '{stratum}', but no district is of it; districts are of: {known}.",
         "规则模板为城乡分类“{stratum}”另定了规则，但没有普查区属于该类；现有分类：{known}。"),
    Text("write the stratum as the districts have it, or map stratum under [inputs.districts].",
         "请按普查区中的写法填写分类，或在 [inputs.districts] 中对应 stratum 字段。"),
)  # fmt: skip
UNKNOWN = Kind(
    "D142", "note",
    Text("{n} districts have no stratum: the rules of the census hold for them ({codes}).",
         "{n} 个普查区没有城乡分类，按普查的一般规则处理（{codes}）。"),
    Text("give each its urban or rural class.", "请填写城乡分类。"),
)  # fmt: skip
SHOWN = 5


def check_strata(districts: pd.DataFrame, profile: Profile) -> Cases:
    """Findings where a stratum's rules reach no district, or a district has no stratum; none without such rules."""
    if not profile.strata:
        return []
    given = districts["stratum"].astype(object)
    said = sorted({str(name) for name in given[given.notna()]})
    used = {profile.stratum(name) for name in said}
    known = ", ".join(said) or "-"
    cases = [
        UNUSED.at("districts", "", stratum=stratum, known=known)
        for stratum in sorted(set(profile.strata) - used)
    ]
    none = districts.loc[given.isna(), "district_code"].astype(str).tolist()
    if none:
        codes = ", ".join(none[:SHOWN]) + (" …" if len(none) > SHOWN else "")
        cases.append(UNKNOWN.at("districts", none[0], n=len(none), codes=codes))
    return cases
