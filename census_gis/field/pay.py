"""What the people of a census cost, and whether a budget pays for them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from census_gis.findings import Kind
from census_gis.language import Text
from census_gis.profile import Profile

__all__ = ["Pay", "household_rate", "pay_of"]

OVER = Kind(
    "T211", "warning",
    Text("the cost {total:,} is above the budget {budget:,} by {gap:,}; the budget pays {even:,} posts of {posts:,}.",
         "费用 {total:,} 超出预算 {budget:,}，差额 {gap:,}；预算只够 {even:,} 个岗位（需要 {posts:,} 个）。"),
    Text("ask for more, cut posts (supervisors who enumerate), or pay less a post.",
         "申请追加，减少岗位（如由指导员兼任普查员），或调整补助标准。"),
)  # fmt: skip
UNKNOWN = Kind(
    "T212", "warning",
    Text("there is a budget, but no rule pay.* says what a post costs.", "有预算，但 pay.* 规则没有说明岗位费用。"),
    Text("set pay.flat, or pay.listing, pay.short_form and pay.long_form.",
         "请设置 pay.flat，或 pay.listing、pay.short_form 和 pay.long_form。"),
)  # fmt: skip
ESTIMATED = Kind(
    "T213", "note",
    Text("households were estimated: {persons:,} persons at {size:g} each are {households:,}.",
         "户数系推算：{persons:,} 人按户均 {size:g} 人计，为 {households:,} 户。"),
    Text("give the districts their households.", "请填写各区户数。"),
)  # fmt: skip


@dataclass(frozen=True)
class Pay:
    """Cost of a staffing, in the currency of the rules, rounded to whole units.

    Attributes
    ----------
    posts, forms, devices
        Flat pay of all posts; pay for listing and forms of all households; price of all devices.
    training, reserve
        Training of everybody, those in reserve too; pay of those in reserve.
    budget, first_payment
        As given, None where nobody says.
    break_even
        Posts that the budget pays at the flat rate, beside all else; None without budget or rate.
    """

    posts: int
    forms: int
    devices: int
    training: int
    reserve: int
    budget: int | None
    first_payment: int | None
    break_even: int | None
    found: tuple[dict[str, Any], ...] = ()

    @property
    def total(self) -> int:
        """All of it."""
        return self.posts + self.forms + self.devices + self.training + self.reserve


def household_rate(profile: Profile) -> Fraction:
    """What listing a household and its forms are paid on average, in the currency of the rules."""
    listing, short, long, share = (
        Fraction(str(profile[f"pay.{key}"]))
        for key in ("listing", "short_form", "long_form", "long_form_share")
    )
    return listing + (1 - share) * short + share * long


def pay_of(
    whole: pd.Series, profile: Profile, *, households: int | None,
    given: tuple[float | None, float | None],
) -> Pay:  # fmt: skip
    """Cost of the total row of a staffing table.

    Parameters
    ----------
    whole
        persons, posts, reserve and devices of all districts.
    profile
        Rules `pay.*`.
    households
        None: estimated by `population.persons_per_household` where forms are paid for.
    given
        Budget and first payment, each None where nobody says.
    """
    found = []
    rate = {
        key: Fraction(str(profile[f"pay.{key}"]))
        for key in ("flat", "device", "training", "reserve")
    }
    a_household = household_rate(profile)
    if a_household and households is None:
        size = float(profile["population.persons_per_household"])
        households = round(int(whole["persons"]) / size)
        words = {"persons": int(whole["persons"]), "size": size, "households": households}
        found.append(ESTIMATED.at("staff", **words))
    n_posts, n_reserve = int(whole["posts"]), int(whole["reserve"])
    flat = rate["flat"] * n_posts
    forms, devices = a_household * (households or 0), rate["device"] * int(whole["devices"])
    training, reserve = rate["training"] * (n_posts + n_reserve), rate["reserve"] * n_reserve
    beside = forms + devices + training + reserve
    budget, first = (None if value is None else Fraction(str(value)) for value in given)
    even = None
    if budget is not None and not (rate["flat"] or forms):
        found.append(UNKNOWN.at("staff"))
    if budget is not None and rate["flat"]:
        even = max(math.floor((budget - beside) / rate["flat"]), 0)
    if budget is not None and flat + beside > budget:
        total = flat + beside
        found.append(OVER.at(
            "staff", total=round(total), budget=round(budget), gap=round(total - budget),
            even=even or 0, posts=n_posts,
        ))  # fmt: skip
    return Pay(
        round(flat), round(forms), round(devices), round(training), round(reserve), None if budget is None else round(budget),
        None if first is None else round(first), even, tuple(found),
    )  # fmt: skip
