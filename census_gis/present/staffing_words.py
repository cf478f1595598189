"""The arithmetic of staffing in sentences: every division with its rounding, every sum with its parts."""

from __future__ import annotations

from census_gis.field.totals import Totals
from census_gis.language import Text
from census_gis.profile import Profile

__all__ = ["figures", "sentences"]

ROUNDED = {
    "down": Text("rounded down", "舍去尾数"), "nearest": Text("rounded to the nearest", "四舍五入"),
    "up": Text("rounded up", "进位"),
}  # fmt: skip
CURRENCY = {"yuan": Text(" yuan", " 元")}


def figures(totals: Totals) -> dict[str, object]:
    """Key figures for a machine; ratios are null where they have no divisor."""
    whole, pay, n = totals.whole, totals.pay, totals.n_districts
    count = {name: int(whole[name]) for name in
             ("persons", "eas", "supervisors", "enumerators", "posts", "reserve", "devices")}  # fmt: skip
    return {
        **count, "districts": n, "supervisors_enumerate": totals.dual, "roundings": totals.roundings or None,
        "persons_per_ea": _ratio(count["persons"], count["eas"], 1),
        "persons_per_district": _ratio(count["persons"], n, 1),
        "eas_per_district": _ratio(count["eas"], n), "supervisors_per_district": _ratio(count["supervisors"], n),
        "eas_per_supervisor": _ratio(count["eas"], count["supervisors"]),
        "enumerators_per_supervisor": _ratio(count["enumerators"], count["supervisors"]),
        "pay": {name: getattr(pay, name) for name in ("posts", "forms", "devices", "training", "reserve", "total")},
        "budget": pay.budget, "gap": None if pay.budget is None else pay.total - pay.budget,
        "break_even_posts": pay.break_even, "first_payment": pay.first_payment,
        "first_share": _ratio(pay.first_payment or 0, pay.budget, 4),
    }  # fmt: skip


def sentences(totals: Totals, profile: Profile) -> list[Text]:
    """What was calculated, step by step."""
    steps = [*_load(totals, profile), *_parts(totals), *_averages(totals), _spares(totals, profile)]
    return [*steps, *_money(totals, profile)]


def _ratio(above: float, below: float | None, digits: int = 2) -> float | None:
    return round(above / below, digits) if below else None


def _load(totals: Totals, profile: Profile) -> list[Text]:
    """``160,000 persons / 300 = 533.33 -> 533``, with the other roundings; nothing where EAs were given."""
    ways, whole = totals.roundings, totals.whole
    if not ways:
        eas, persons = int(whole["eas"]), int(whole["persons"])
        each = f"{persons / eas:,.1f}" if eas else "-"
        return [
            Text(f"{persons:,} persons in {eas:,} EAs as given: {each} each.",
                 f"{persons:,} 人，给定普查小区 {eas:,} 个：每个 {each} 人。")
        ]  # fmt: skip
    persons, rate = int(whole["persons"]), profile["staff.persons_per_post"]
    way = ROUNDED[profile["staff.rounding"]]
    en = ", ".join(f"{ROUNDED[name].en} {ways[name]:,}" for name in ROUNDED)
    zh = "，".join(f"{ROUNDED[name].zh} {ways[name]:,}" for name in ROUNDED)
    return [
        Text(
            f"{persons:,} persons / {rate} = {persons / rate:,.2f} -> {ways['used']:,} EAs, {way.en} by the rules "
            f"({en}).",
            f"{persons:,} 人 ÷ {rate} = {persons / rate:,.2f}，按规则{way.zh}，取 {ways['used']:,} 个普查小区"
            f"（{zh}）。",
        )
    ]


def _parts(totals: Totals) -> list[Text]:
    """Posts by role, and how many would do if supervisors took an EA each."""
    whole = totals.whole
    posts, clerks, leaders = (int(whole[name]) for name in ("posts", "enumerators", "supervisors"))
    how = (
        Text("supervisors enumerate too", "指导员兼任普查员")
        if totals.dual
        else Text("supervisors do not enumerate", "指导员不兼任普查员")
    )
    sum_ = Text(
        f"{posts:,} posts = {clerks:,} enumerators + {leaders:,} supervisors ({how.en}).",
        f"岗位 {posts:,} 个 = 普查员 {clerks:,} 人 + 普查指导员 {leaders:,} 人（{how.zh}）。",
    )
    if totals.dual or posts <= int(whole["eas"]):
        return [sum_]
    fewer = max(int(whole["eas"]), leaders)
    return [sum_, Text(f"If supervisors enumerated too, {fewer:,} posts would do.",
                       f"如由指导员兼任普查员，则需岗位 {fewer:,} 个。")]  # fmt: skip


def _averages(totals: Totals) -> list[Text]:
    told, whole, n = [], totals.whole, totals.n_districts
    eas, leaders, clerks = (int(whole[name]) for name in ("eas", "supervisors", "enumerators"))
    if n:
        told.append(Text(
            f"{n:,} districts: {int(whole['persons']) / n:,.1f} persons, {eas / n:.2f} EAs and "
            f"{leaders / n:.2f} supervisors each on average.",
            f"普查区 {n:,} 个：平均每区 {int(whole['persons']) / n:,.1f} 人、普查小区 {eas / n:.2f} 个、"
            f"指导员 {leaders / n:.2f} 名。",
        ))  # fmt: skip
    if leaders:
        told.append(Text(
            f"A supervisor leads {eas / leaders:.2f} EAs and {clerks / leaders:.2f} enumerators on average.",
            f"每名指导员平均负责 {eas / leaders:.2f} 个普查小区、{clerks / leaders:.2f} 名普查员。",
        ))  # fmt: skip
    return told


def _spares(totals: Totals, profile: Profile) -> Text:
    posts, reserve, devices = (int(totals.whole[name]) for name in ("posts", "reserve", "devices"))
    people, things = profile["staff.reserve_share"], profile["staff.device_reserve_share"]
    return Text(
        f"{reserve:,} people in reserve ({people:.1%}): {posts + reserve:,} to train; {devices:,} devices, one for "
        f"each post and {devices - posts:,} in reserve ({things:.1%}).",
        f"备用人员 {reserve:,} 人（{people:.1%}），共培训 {posts + reserve:,} 人；设备 {devices:,} 台，每岗一台，"
        f"另备用 {devices - posts:,} 台（{things:.1%}）。",
    )


def _money(totals: Totals, profile: Profile) -> list[Text]:
    """What it costs, and what the budget pays for; nothing where no rate is known."""
    pay, posts = totals.pay, int(totals.whole["posts"])
    told = []
    flat = profile["pay.flat"]
    money = CURRENCY.get(profile.rules["pay.flat"].unit, Text("", ""))
    if pay.posts:
        told.append(Text(f"Pay: {posts:,} posts x {flat:,g} = {pay.posts:,}{money.en}.",
                         f"补助：{posts:,} 个岗位 × {flat:,g} = {pay.posts:,}{money.zh}。"))  # fmt: skip
    if pay.total > pay.posts:
        told.append(Text(
            f"Pay for listing and forms {pay.forms:,}, devices {pay.devices:,}, training {pay.training:,}, "
            f"people in reserve {pay.reserve:,}; {pay.total:,} in all.",
            f"摸底和登记补助 {pay.forms:,}，设备 {pay.devices:,}，培训 {pay.training:,}，备用人员 {pay.reserve:,}；"
            f"合计 {pay.total:,}。",
        ))  # fmt: skip
    if pay.budget is not None and pay.total:
        gap = pay.budget - pay.total
        even_en = "" if pay.break_even is None else f"; it pays {pay.break_even:,} posts"
        even_zh = "" if pay.break_even is None else f"；可支付 {pay.break_even:,} 个岗位"
        left = Text(f"{gap:,} are left", f"结余 {gap:,}") if gap >= 0 else \
            Text(f"{-gap:,} are lacking", f"缺口 {-gap:,}")  # fmt: skip
        told.append(Text(f"Budget {pay.budget:,}: {left.en}{even_en}.",
                         f"预算 {pay.budget:,}：{left.zh}{even_zh}。"))  # fmt: skip
    if pay.first_payment is not None:
        told.append(_instalment(pay.first_payment, pay.budget, float(flat)))
    return told


def _instalment(first: int, budget: int | None, flat: float) -> Text:
    share_en = f" = {first / budget:.0%} of the budget" if budget else ""
    share_zh = f"，占预算 {first / budget:.0%}" if budget else ""
    pays_en = f"; it pays {int(first / flat):,} posts" if flat else ""
    pays_zh = f"；可支付 {int(first / flat):,} 个岗位" if flat else ""
    return Text(f"First payment {first:,}{share_en}{pays_en}.",
                f"首期款 {first:,}{share_zh}{pays_zh}。")  # fmt: skip
