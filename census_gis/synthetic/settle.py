"""Which block becomes what, until as many live in each district as its quota says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import shapely
from shapely.geometry import Polygon

from census_gis.synthetic import country, homes, works
from census_gis.synthetic.fill import Fill, House, Land, to_street
from census_gis.synthetic.lay import lots
from census_gis.synthetic.names import Names
from census_gis.synthetic.plan import Plan
from census_gis.synthetic.streets import Block, Network
from census_gis.synthetic.town import generator

__all__ = ["PERSONS_PER_DWELLING", "settle"]

PERSONS_PER_DWELLING = 2.62  # 2020 census communique no. 2
# Persons on a square metre of building ground, to see how much ground is to spare.
DENSITY = {"old": 0.023, "slab": 0.033, "tower": 0.033, "mixed": 0.027}
# How full the rest of a district must get before only the densest form is built.
TIGHT = {"old": 9.0, "slab": 0.94, "tower": 0.92, "mixed": 1.15}
FORMS = {
    "old": (("old", 0.86), ("mixed", 0.14)),
    "slab": (("slab", 0.58), ("villas", 0.10), ("mixed", 0.15), ("old", 0.17)),
    "tower": (("tower", 0.70), ("villas", 0.20), ("slab", 0.10)),
    "mixed": (("mixed", 0.55), ("slab", 0.17), ("old", 0.28)),
}
# Storeys, doors, flats to a door on each floor, and persons of houses that must be cut: each piece closes.
LANDMARKS = ((33, 4, 3, 1_180), (30, 2, 3, 560), (33, 1, 8, 610), (32, 2, 3, 520))


def settle(plan: Plan, network: Network, names: Names, seed: int) -> list[Fill]:
    """Fill all blocks of a township; one Fill for each district, in order."""
    fills = []
    deck = _deck(plan, generator(seed, 21))
    known = LANDMARKS if len(plan.quotas) >= 20 else LANDMARKS[:1]
    landmarks = iter([(*one[:3], round(one[3] * _scale(plan))) for one in known])
    for index, quota in enumerate(plan.quotas):
        rng = generator(seed, 22, index)
        blocks = [block for block in network.blocks if block.district == index and block.ground]
        if quota.kind == "village":
            fills.append(_village(blocks, index, plan, names, rng))
        else:
            fills.append(_town(blocks, index, plan, (deck.get(index, []), landmarks), names, rng))
    return fills


def _scale(plan: Plan) -> float:
    """Size of an EA beside one of 300 persons, for which the large houses are given."""
    return plan.norm.target / 300


def _deck(plan: Plan, rng: np.random.Generator) -> dict[int, list[str]]:
    """Schools, works, shops and so on, dealt to districts that may have ground to spare."""
    town = [index for index, quota in enumerate(plan.quotas) if quota.kind != "village"]
    if not town:
        return {}
    n = len(town)
    cards = ["school"] * max(1, n // 3) + ["boarding"] * max(1, n // 15) + ["park"] * max(1, n // 4)
    cards += (
        ["hospital"] * max(1, n // 28) + ["market"] * max(1, n // 9) + ["office"] * max(1, n // 6)
    )
    cards += ["factory"] * (n // 4) + ["warehouse"] * (n // 14)
    spare = np.array([
        plan.faces[index].area * 0.62 - plan.quotas[index].persons / DENSITY[plan.quotas[index].kind]
        for index in town
    ])  # fmt: skip
    deck: dict[int, list[str]] = {}
    for card in cards:
        weight = np.clip(spare, 1.0, None) ** 1.5
        chosen = int(rng.choice(n, p=weight / weight.sum()))
        spare[chosen] -= 22_000
        deck.setdefault(town[chosen], []).append(card)
    return deck


def _town(
    blocks: list[Block], index: int, plan: Plan,
    dealt: tuple[list[str], Iterator[tuple[int, int, int, int]]],
    names: Names, rng: np.random.Generator,
) -> Fill:  # fmt: skip
    """An urban district: works of its cards first, then homes until the quota is met, then the rest."""
    quota = plan.quotas[index]
    cards, landmarks = dealt
    fill = Fill()
    free: list[tuple[Polygon, Block]] = []
    for block in blocks:
        for ground in block.ground:
            if block.strip or ground.area < 1_800:
                fill.land.append(Land(ground, "0810"))
            else:
                free.append((ground, block))
    order = rng.permutation(len(free))
    free = [free[row] for row in order]
    spare = sum(ground.area for ground, _ in free) - quota.persons / DENSITY[quota.kind]
    for card in cards:
        fits = [row for row, (ground, _) in enumerate(free)
                if _fits(card, ground) and ground.area < spare + 9_000]  # fmt: skip
        if fits:
            ground, block = free.pop(fits[0])
            spare -= ground.area
            fill.add(_work(card, ground, block, plan, names, rng))
    while free and _persons(fill) < quota.persons:
        ground, block = free.pop()
        missing = quota.persons - _persons(fill)
        if ground.area * DENSITY[quota.kind] > 2.2 * missing and ground.area > 9_000:
            ground, block, rest = _in_two(ground, block, fill, rng)
            free += rest
        landmark = next(landmarks, None) if quota.kind == "tower" else None
        room = ground.area + sum(one.area for one, _ in free)
        tight = missing > TIGHT[quota.kind] * room * DENSITY[quota.kind]
        kind = ("tower" if quota.kind == "tower" else "slab") if tight else quota.kind
        forms = ((kind, 1.0),) if tight else FORMS[kind]
        home = _home(forms, ground, block, names, rng, landmark)
        _thin(home, quota.persons * 1.04 - _persons(fill))
        fill.add(home)
    for ground, block in free:
        card = str(
            rng.choice(["park", "office", "vacant", "factory" if quota.kind == "tower" else "park"])
        )
        fill.add(_work(card if _fits(card, ground) else "vacant", ground, block, plan, names, rng))
    return fill


def _in_two(
    ground: Polygon, block: Block, fill: Fill, rng: np.random.Generator
) -> tuple[Polygon, Block, list[tuple[Polygon, Block]]]:
    """Cut ground that is too large for who is still missing by a lane from street to street."""
    lanes: list[shapely.LineString] = []
    pieces = lots(ground, ground.area * 0.5, rng, lane_m=9.0, lane_above_m2=0.0, lanes=lanes)
    pieces.sort(key=lambda piece: -piece.area)
    for lane in lanes:
        ends = [to_street(end, block.face) for end in shapely.get_parts(lane.boundary)]
        short = [end for end in ends if end is not None and end.length < 40]
        whole = shapely.line_merge(shapely.union_all([lane, *short]))
        fill.roads += [(part, "service") for part in shapely.get_parts(whole)]
    parts = [
        (piece, replace(block, face=piece.buffer(4.5, join_style="mitre").intersection(block.face)))
        for piece in pieces
    ]
    return *parts[0], parts[1:]


def _persons(fill: Fill) -> float:
    """How many live in what stands so far."""
    counted = sum(house.dwellings or 0 for house in fill.houses if house.own is None)
    return counted * PERSONS_PER_DWELLING + fill.own


def _thin(fill: Fill, room: float) -> None:
    """Leave out homes of a block, last first, until no more than `room` persons live there."""
    for row in range(len(fill.houses) - 1, -1, -1):
        if _persons(fill) <= room:
            return
        house = fill.houses[row]
        if house.dwellings and house.own is None:
            del fill.houses[row]


def _fits(card: str, ground: Polygon) -> bool:
    least, most = {
        "school": (9_000, 60_000), "boarding": (14_000, 70_000), "hospital": (17_000, 70_000),
        "market": (7_000, 40_000), "office": (4_000, 30_000), "factory": (7_000, 90_000),
        "warehouse": (14_000, 90_000), "park": (2_000, 60_000), "vacant": (0, 1e9),
    }[card]  # fmt: skip
    width = shapely.minimum_bounding_radius(ground)
    return bool(least <= ground.area <= most and ground.area > 0.85 * width**2)


def _home(
    choices: tuple[tuple[str, float], ...], ground: Polygon, block: Block, names: Names,
    rng: np.random.Generator, landmark: tuple[int, int, int, int] | None,
) -> Fill:  # fmt: skip
    forms, share = zip(*choices, strict=True)
    form = "tower" if landmark else str(rng.choice(forms, p=share))
    if form == "tower" and ground.area < 9_000:
        form = "slab" if len(choices) == 1 else "villas"
    if form == "slab" and ground.area < 4_500:
        form = "mixed"
    name = names.estate()
    if form == "old":
        return homes.old_town(ground, block.face, rng, "")
    if form == "tower":
        fill = homes.tower_estate(ground, block.face, block.angle, rng, name)
        if landmark:
            _landmark(fill, landmark)
        return fill
    make: dict[str, Callable[..., Fill]] = {
        "slab": homes.slab_estate, "villas": homes.villas, "mixed": homes.mixed,
    }  # fmt: skip
    return make[form](ground, block.face, block.angle, rng, name)


def _landmark(fill: Fill, landmark: tuple[int, int, int, int]) -> None:
    """Give the widest tower of an estate so many people that it must be cut."""
    floors, doors, flats, persons = landmark
    towers = [house for house in fill.houses if house.form == "tower"]
    if not towers:
        return
    house = max(towers, key=lambda one: one.shape.area)
    house.floors, house.doors, house.own = floors, doors, persons
    house.dwellings = floors * doors * flats
    house.form = "landmark"


def _work(
    card: str, ground: Polygon, block: Block, plan: Plan, names: Names, rng: np.random.Generator
) -> Fill:
    angle = block.angle
    if card in ("school", "boarding"):
        boarders = round(int(rng.integers(500, 620)) * _scale(plan)) if card == "boarding" else 0
        return works.school(ground, block.face, angle, rng, names.school(bool(boarders)), boarders)
    if card == "hospital":
        return works.hospital(ground, angle, rng, names.of("人民医院", "中心医院", "中医医院"))
    if card == "market":
        return works.market(ground, rng, names.of("广场", "购物中心", "百货"))
    if card == "office":
        return works.offices(ground, angle, rng, names.of("商务中心", "科创园", "大厦"))
    if card == "factory":
        workers = int(rng.integers(70, 240)) if rng.random() < 0.4 else 0
        return works.factory(
            ground, angle, rng, names.of("机械厂", "电子厂", "纺织厂", "食品厂"), workers
        )
    if card == "warehouse":
        return works.warehouses(ground, angle, rng, names.of("物流园", "仓储中心"))
    if card == "park":
        return works.park(ground, rng, names.of("公园", "绿地", "游园"))
    return works.vacant(ground, rng)


def _village(
    blocks: list[Block], index: int, plan: Plan, names: Names, rng: np.random.Generator
) -> Fill:  # fmt: skip
    """Hamlets until the quota is met, works by the motorway, fields on what is left."""
    fill, persons = Fill(), plan.quotas[index].persons
    grounds = [(ground, block) for block in blocks for ground in block.ground if ground.area > 150]
    apart = plan.faces[index].buffer(1.0)
    small = [pair for pair in grounds
             if pair[0].area < 12_000 or not apart.contains(pair[0])]  # fmt: skip
    for ground, block in [pair for pair in small if pair[0].area > 2_500 and not pair[1].strip]:
        if _persons(fill) < persons:
            fill.add(homes.villas(ground, block.face, block.angle, rng, names.estate()))
            small = [pair for pair in small if pair[0] is not ground]
    rest = [pair for pair in grounds
            if pair[0].area >= 12_000 and apart.contains(pair[0])]  # fmt: skip
    rest = _works_by_motorway(rest, plan, fill, names, rng)
    tries = 0
    while _persons(fill) < persons and rest and tries < 400:
        tries += 1
        row = int(rng.choice(len(rest), p=_by_area(rest)))
        ground, block = rest[row]
        spot = country.hamlet_ground(ground, rng)
        if spot is None:
            continue
        fill.add(country.hamlet(spot, block.angle, rng, names.hamlet(), plan.norm.rural))
        left = ground.difference(spot.buffer(1.0))
        parts = [part for part in shapely.get_parts(left) if part.area > 400]
        rest[row : row + 1] = [(part, block) for part in parts]
    _trim(fill, persons)
    for ground, _ in [*rest, *small]:
        fill.add(country.farmland(ground, rng))
    return fill


def _by_area(grounds: list[tuple[Polygon, Block]]) -> np.ndarray:
    area = np.array([ground.area for ground, _ in grounds])
    return area / area.sum()


def _trim(fill: Fill, persons: int) -> None:
    """Leave out the last houses of the last hamlet beyond the quota."""
    over = _persons(fill) - persons - 4
    while fill.houses and over > 0:
        last: House = fill.houses[-1]
        if last.form not in ("rural", "shed"):
            return
        over -= PERSONS_PER_DWELLING * (last.dwellings or 0)
        fill.houses.pop()


def _works_by_motorway(
    grounds: list[tuple[Polygon, Block]], plan: Plan, fill: Fill, names: Names,
    rng: np.random.Generator,
) -> list[tuple[Polygon, Block]]:  # fmt: skip
    """One block within reach of the motorway becomes a works estate, now and then."""
    motorway = plan.site.barriers.motorway
    near = [row for row, (ground, _) in enumerate(grounds)
            if ground.distance(motorway) < 120 and 30_000 < ground.area < 420_000]  # fmt: skip
    if not near or rng.random() < 0.25:
        return grounds
    chosen = near[int(rng.integers(len(near)))]
    ground, block = grounds[chosen]
    lanes: list[shapely.LineString] = []
    for piece in lots(ground, 30_000.0, rng, lane_m=13.0, lane_above_m2=0.0, lanes=lanes):
        card = str(rng.choice(["factory", "factory", "warehouse", "vacant"]))
        fill.add(_work(card if _fits(card, piece) else "vacant", piece, block, plan, names, rng))
    fill.roads += [(line, "unclassified") for line in lanes]
    return [pair for row, pair in enumerate(grounds) if row != chosen]
