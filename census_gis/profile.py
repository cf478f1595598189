"""Rules are data: a census is a TOML profile, and no number enters without a source.

A profile may extend another one; a project may depart from it, saying why. The list of keys is
closed (`RULES`), so that a typing error is met at the door with the nearest valid key.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from census_gis.errors import ConfigError, InfeasibleError
from census_gis.language import Text, counted
from census_gis.rules import BANDED, KINDS, RULES, WEIGHTS, RuleKind

__all__ = [
    "BANDED", "KINDS", "RULES", "WEIGHTS", "Profile", "Rule", "RuleKind", "completed", "load_profile", "nearest",
    "stratum_key",
]  # fmt: skip

Value = bool | int | float | str


@dataclass(frozen=True)
class Rule:
    """One value of a profile: its unit, where it comes from, and which profile or file set it."""

    value: Value
    unit: str
    source: str
    origin: str = field(default="", compare=False)


# Key of a rule of one stratum: strata.NAME.key.
_STRATA = "strata."
# How work is measured, and blocks: of profiles as well, so that plans and loads of one census can be compared.
_OF_PROFILES = ("work.", "blocks.")


def _of_people(key: str) -> bool:
    """Whether a rule is about people whatever the census counts: staff, and who lives together."""
    staff = key.startswith("staff.") and key != "staff.persons_per_post"
    return staff or key.endswith("persons_per_household")


@dataclass(frozen=True)
class Profile:
    """The resolved rules of one census.

    Examples
    --------
    >>> load_profile("cn2020")["ea.persons.target"]
    300
    """

    name: str
    title: Text
    rules: Mapping[str, Rule]
    strata: Mapping[str, Mapping[str, Rule]] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Any:
        """Value of a rule; the type is the one `RULES` declares."""
        return self.rules[key].value

    @property
    def noun(self) -> str:
        """What is counted (rule `load.noun`); persons in a plan older than the rule."""
        rule = self.rules.get("load.noun")
        return "persons" if rule is None else str(rule.value)

    def meaning(self, key: str) -> Text:
        """What a rule means, said of what the census counts."""
        stratum, key = stratum_key(key)
        said = KINDS[key].meaning
        if stratum:
            said = Text(f"{said.en} (stratum {stratum})", f"{said.zh}（城乡分类 {stratum}）")
        return said if _of_people(key) else counted(said, self.noun)

    def depart(self, changes: Mapping[str, Rule], where: str) -> Profile:
        """The same profile with some rules replaced, checked again."""
        for key, rule in changes.items():
            _check_rule(key, rule, where)
        changed = replace(self, rules=_in_noun({**self.rules, **changes}))
        _check_bands(changed, where)
        return changed

    def of_stratum(self, stratum: str) -> Profile:
        """The rules of districts of one stratum: what its table says, else those of the census."""
        own = self.strata.get(self.stratum(stratum), {})
        return replace(self, rules=_in_noun({**self.rules, **own}), strata={})

    def stratum(self, stratum: str) -> str:
        """Name of the table that holds for a stratum, '' for none.

        A class of digits without a table of its own has that of its longest beginning: 2 holds for 220.
        """
        names = [
            name for name in self.strata
            if stratum == name or (stratum.isdigit() and stratum.startswith(name))
        ]  # fmt: skip
        return max(names, key=len, default="")

    def every(self) -> dict[str, Rule]:
        """All rules by key; those of strata as ``strata.NAME.key``."""
        own = {f"{_STRATA}{name}.{key}": rule
               for name, rules in self.strata.items() for key, rule in rules.items()}  # fmt: skip
        return {**self.rules, **own}


def stratum_key(key: str) -> tuple[str, str]:
    """Stratum and rule of a key as `Profile.every` gives it; no stratum ('') of other keys.

    Examples
    --------
    >>> stratum_key("strata.220.ea.persons.low")
    ('220', 'ea.persons.low')
    """
    rule = next((rule for rule in BANDED if key.endswith(f".{rule}")), "")
    if not key.startswith(_STRATA) or not rule:
        return "", key
    return key[len(_STRATA) : -len(rule) - 1], rule


def nearest(word: str, words: Mapping[str, object] | list[str] | tuple[str, ...]) -> str:
    """The valid word closest to a wrong one, for an error message."""
    close = difflib.get_close_matches(word, list(words), n=1, cutoff=0.0)
    return close[0] if close else ""


def load_profile(name: str | Path) -> Profile:
    """Read a profile shipped with the program by name, or any by path.

    Raises
    ------
    ConfigError
        If it does not exist, an unknown key or a value without source or of another type is in it,
        or a key is missing.
    InfeasibleError
        If its band contradicts itself.
    """
    title, rules, strata = _load(str(name), seen=())
    missing = [key for key in KINDS if key not in rules]
    if missing:
        raise ConfigError(
            Text(f"{len(missing)} rules have no value.", f"{len(missing)} 条规则没有取值。"),
            where=str(name), rows=missing,
            fix=Text('add them, or begin with extends = "un".', '补上，或以 extends = "un" 开头。'),
        )  # fmt: skip
    profile = Profile(Path(str(name)).stem, title, _in_noun(rules), strata)
    _check_bands(profile, str(name))
    return profile


def completed(profile: Profile) -> Profile:
    """The rules a plan was made by; one older than some of them has these as the general profile says now."""
    if all(key in profile.rules for key in KINDS):
        return profile
    return replace(profile, rules=_in_noun({**_general(), **profile.rules}))


@cache
def _general() -> Mapping[str, Rule]:
    """Rules of the profile that all others begin with."""
    return load_profile("un").rules


_Strata = dict[str, dict[str, Rule]]


def _load(name: str, seen: tuple[str, ...]) -> tuple[Text, dict[str, Rule], _Strata]:
    if name in seen:
        raise ConfigError(
            Text("profiles extend each other in a circle.", "规则模板循环引用。"),
            where=name, rows=seen, fix=Text("break the circle.", "取消循环。"),
        )  # fmt: skip
    try:
        tree = tomllib.loads(_read(name))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            Text(f"is not valid TOML: {error}", f"不是有效的 TOML：{error}"),
            where=name, fix=Text("mend the line named.", "修改所指行。"),
        ) from error  # fmt: skip
    base: dict[str, Rule] = {}
    strata: _Strata = {}
    title, tables = tree.pop("title", {}), tree.pop("strata", {})
    if "extends" in tree:
        _, base, strata = _load(str(tree.pop("extends")), (*seen, name))
    origin = Path(name).stem
    rules = _declared_all(tree, name, KINDS, origin)
    if not isinstance(tables, Mapping):
        _declared("strata", tables, name, BANDED)  # tables only: refused with the nearest key
        tables = {}
    for stratum, table in tables.items():
        own = _declared_all(table, f"{name} [strata.{stratum}]", BANDED, origin)
        strata[stratum] = {**strata.get(stratum, {}), **own}
    return Text(title.get("en", name), title.get("zh", name)), {**base, **rules}, strata


def _declared_all(
    tree: Any, where: str, kinds: Mapping[str, RuleKind], origin: str
) -> dict[str, Rule]:
    """All rules of one table of a profile; they say which file set them."""
    leaves = _leaves(tree, "") if isinstance(tree, Mapping) else [(str(tree), tree)]
    return {
        key: replace(_declared(key, entry, where, kinds), origin=origin) for key, entry in leaves
    }


def _in_noun(rules: Mapping[str, Rule]) -> dict[str, Rule]:
    """Rules about persons are about what the census counts: their unit says so."""
    noun = str(rules["load.noun"].value) if "load.noun" in rules else "persons"
    return {
        key: replace(rule, unit=counted(Text(rule.unit, ""), noun).en)
        if not _of_people(key) and rule.unit.startswith("persons") else rule
        for key, rule in rules.items()
    }  # fmt: skip


def _read(name: str) -> str:
    shipped = resources.files("census_gis") / "profiles" / f"{name}.toml"
    path = Path(name)
    if shipped.is_file():
        return shipped.read_text(encoding="utf-8")
    if path.suffix == ".toml" and path.is_file():
        return path.read_text(encoding="utf-8")
    folder = resources.files("census_gis") / "profiles"
    known = sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml"))
    guess = nearest(name, known)
    raise ConfigError(
        Text(f"there is no profile '{name}'.", f"没有名为“{name}”的规则模板。"),
        where="profile",
        fix=Text(f"use one of {', '.join(known)} (nearest: {guess}), or a path to a .toml file.",
                 f"请用 {'、'.join(known)}（最接近：{guess}），或 .toml 文件路径。"),
    )  # fmt: skip


def _leaves(tree: Mapping[str, Any], prefix: str) -> list[tuple[str, Any]]:
    """Dotted keys of all entries that hold a value."""
    found: list[tuple[str, Any]] = []
    for key, entry in tree.items():
        dotted = f"{prefix}{key}"
        if isinstance(entry, Mapping) and "value" not in entry:
            found += _leaves(entry, f"{dotted}.")
        else:
            found.append((dotted, entry))
    return found


def rule_of(key: str, entry: Any, where: str) -> Rule:
    """One TOML entry ``{ value, unit, source }`` of a project as a checked Rule; the list is closed.

    Raises
    ------
    ConfigError
        If there is no such rule, only profiles may set it, or the value is not one of its kind.
    """
    open_to_projects = {
        name: kind for name, kind in RULES.items() if not name.startswith(_OF_PROFILES)
    }
    if key in KINDS and key not in open_to_projects:
        guess = nearest(key, open_to_projects)
        raise ConfigError(
            Text(f"rule '{key}' is set by a profile, not by a project.", f"规则“{key}”只能由规则模板设定，项目文件不能更改。"),
            where=where,
            fix=Text(f"the nearest valid key is '{guess}'; or write a profile of your own: extends = …, and name its .toml in [project] profile.",
                     f"最接近的有效键是“{guess}”；或自建规则模板（.toml，以 extends = … 开头），并在 [project] 的 profile 中指定。"),
        )  # fmt: skip
    return _declared(key, entry, where, open_to_projects)


def _declared(key: str, entry: Any, where: str, kinds: Mapping[str, RuleKind]) -> Rule:
    """One TOML entry as a checked Rule of a list of kinds."""
    if key not in kinds:
        raise ConfigError(
            Text(f"there is no rule '{key}'.", f"没有名为“{key}”的规则。"),
            where=where,
            fix=Text(f"the nearest valid key is '{nearest(key, kinds)}'.",
                     f"最接近的有效键是“{nearest(key, kinds)}”。"),
        )  # fmt: skip
    if not isinstance(entry, Mapping) or not str(entry.get("source", "")).strip():
        raise ConfigError(
            Text(f"rule '{key}' has no source.", f"规则“{key}”没有来源。"),
            where=where,
            fix=Text('write { value = …, source = "who says so" }.',
                     '请写成 { value = …, source = "依据" }。'),
        )  # fmt: skip
    rule = Rule(entry["value"], str(entry.get("unit", kinds[key].unit)), str(entry["source"]))
    _check_rule(key, rule, where)
    return rule


def _check_rule(key: str, rule: Rule, where: str) -> None:
    kind = KINDS[key]
    is_number = isinstance(rule.value, int | float) and not isinstance(rule.value, bool)
    right = is_number if kind.kind is float else type(rule.value) is kind.kind
    if right and kind.choices:
        right = rule.value in kind.choices
    if right and kind.least is not None and is_number:
        right = float(rule.value) >= kind.least
    if not right:
        raise ConfigError(
            Text(f"'{key}' cannot be {rule.value!r}.", f"“{key}”不能取 {rule.value!r}。"),
            where=where, fix=_allowed(kind),
        )  # fmt: skip


def _allowed(kind: RuleKind) -> Text:
    """What a rule may be, in words."""
    if kind.choices:
        return Text(f"allowed: {' | '.join(kind.choices)}.", f"允许：{'、'.join(kind.choices)}。")
    if kind.kind is bool:
        return Text("allowed: true | false, without quotes.", "允许：true 或 false，不加引号。")
    if kind.least is None:
        return Text("write a text in quotes.", "请填写加引号的文字。")
    whole = kind.kind is int
    unit = "" if kind.unit == "-" else f" [{kind.unit}]"
    return Text(f"allowed: a {'whole ' if whole else ''}number >= {kind.least:g}{unit}, without quotes.",
                f"允许：不小于 {kind.least:g} 的{'整数' if whole else '数'}{unit}，不加引号。")  # fmt: skip


def _check_bands(profile: Profile, where: str) -> None:
    """The band of the census and those of its strata."""
    _check_band(profile, where)
    for stratum in profile.strata:
        _check_band(profile.of_stratum(stratum), f"{where} [strata.{stratum}]")


def _check_band(profile: Profile, where: str) -> None:
    low, target, high = (profile[f"ea.persons.{name}"] for name in ("low", "target", "high"))
    if not low <= target <= high:
        raise InfeasibleError(
            counted(Text(f"the band {low}-{high} does not hold the target {target} [persons].",
                         f"目标 {target} 人不在区间 {low}-{high} 内。"), profile.noun),
            where=where, fix=Text("make low <= target <= high.", "使 下限 <= 目标 <= 上限。"),
        )  # fmt: skip
