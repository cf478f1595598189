"""States a district's plan passes through, the people who sign, and their words in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from census_gis.errors import ConfigError
from census_gis.language import Text
from census_gis.present.words import STATES
from census_gis.profile import nearest

__all__ = ["ROLES", "STATES", "role_of", "state_of"]

# Three levels of signature: who drew and walked, who leads them, the census office.
ROLES: dict[str, Text] = {
    "enumerator": Text("enumerator", "普查员"),
    "supervisor": Text("supervisor", "普查指导员"),
    "office": Text("census office", "普查机构"),
}
ALIASES = {
    "起草": "draft", "审核": "checked", "核对": "checked", "批准": "approved", "上报": "reported",
    "指导员": "supervisor", "普查办": "office", "人普办": "office",
}  # fmt: skip


def state_of(word: str) -> str:
    """A state by its name in either language.

    Raises
    ------
    ConfigError
        If there is none of that name.
    """
    return _named(word, STATES, "STATE", Text("state", "状态"))


def role_of(word: str) -> str:
    """A role by its name in either language; '' for none.

    Raises
    ------
    ConfigError
        If there is none of that name.
    """
    return _named(word, ROLES, "--role", Text("role", "角色")) if word.strip() else ""


def _named(word: str, known: Mapping[str, Text], where: str, what: Text) -> str:
    asked = word.strip()
    spelt = {
        spelling: name for name, said in known.items() for spelling in (name, said.en, said.zh)
    }
    spelt |= {alias: name for alias, name in ALIASES.items() if name in known}
    if asked.lower() in spelt:
        return spelt[asked.lower()]
    near = spelt[nearest(asked.lower(), list(spelt))]
    raise ConfigError(
        Text(f"there is no {what.en} '{asked}'.", f"没有名为“{asked}”的{what.zh}。"),
        where=where,
        fix=Text(
            f"use one of {', '.join(known)} (nearest: {near}).",
            f"请用 {'、'.join(f'{said.zh}（{name}）' for name, said in known.items())} 之一"
            f"（最接近：{known[near].zh}）。",
        ),
    )
