"""Invented Chinese names: committees, villages, roads, estates. None is meant for a real place."""

from __future__ import annotations

import numpy as np

__all__ = ["Names"]

FIRST = "青云河桥学文南北东西新和清明春秋金银玉石花竹柳桃梅松湖海江溪泉安永福康乐平兴盛华星月晨朝阳"
SECOND = "溪湾塘浜汀洲桥园苑林庭泽泾浦港渡岸亭阁台坊里庄源岭川汇景秀雅怡馨悦翠碧澜霞辉"
ESTATE = ("苑", "家园", "花园", "新村", "公寓", "小区", "名邸", "华庭", "雅苑")
FAMILY = (
    "沈",
    "陆",
    "顾",
    "姚",
    "金",
    "徐",
    "朱",
    "周",
    "吴",
    "张",
    "钱",
    "蒋",
    "陶",
    "薛",
    "夏",
    "杜",
)
HAMLET = ("家浜", "家宅", "家埭", "家湾", "家桥", "家庄")
FIXED_COMMITTEES = (
    "学府", "河湾", "桥南", "城隍", "文昌", "新桥", "北门", "盈泽", "和睦", "清河", "万寿", "民乐",
    "公园", "车站", "康定", "湖畔", "佳和", "塔桥", "青松", "绿舟", "水岸", "西部", "东渡", "南箐",
    "尚美", "港泾", "夏阳浦", "石家桥",
)  # fmt: skip
FIXED_VILLAGES = ("河湾", "南塘", "天恩桥", "薛家浜", "贺桥", "俞家埭", "西浜", "北泾")
BIG_ROADS = ("青溪大道", "云溪大道", "学府路", "盈浦东路", "文昌路", "滨江大道", "城中路", "外青路",
             "公园路", "环城路", "崧文路", "淀湖路")  # fmt: skip


class Names:
    """Names for one township, each given once."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._used: set[str] = set()
        self._fixed = {"committee": list(FIXED_COMMITTEES), "village": list(FIXED_VILLAGES),
                       "road": list(BIG_ROADS)}  # fmt: skip
        self._schools = 0

    def _new(self, make: object) -> str:
        """The next name not used; with a number behind when the pool runs dry."""
        name = ""
        for _ in range(60):
            name = make()  # type: ignore[operator]
            if name not in self._used:
                break
        else:
            name = f"{name}{len(self._used)}"
        self._used.add(name)
        return str(name)

    def _pair(self) -> str:
        return f"{FIRST[self._rng.integers(len(FIRST))]}{SECOND[self._rng.integers(len(SECOND))]}"

    def _next(self, pool: str) -> str:
        left = self._fixed[pool]
        return left.pop(0) if left else self._new(self._pair)

    def committee(self) -> str:
        """A residents' committee."""
        return f"{self._next('committee')}社区居民委员会"

    def village(self) -> str:
        """A village committee."""
        return f"{self._next('village')}村民委员会"

    def preparatory(self) -> str:
        """A committee being set up in a new quarter."""
        return f"{self._new(self._pair)}社区居民委员会筹备组"

    def estate(self) -> str:
        """A housing estate."""
        return self._new(lambda: f"{self._pair()}{self._rng.choice(ESTATE)}")

    def hamlet(self) -> str:
        """A hamlet, named after the family it was."""
        return self._new(lambda: f"{self._rng.choice(FAMILY)}{self._rng.choice(HAMLET)}")

    def road(self, kind: str) -> str:
        """A road of a class (OSM highway value)."""
        if kind in ("primary", "secondary") and self._fixed["road"]:
            return self._fixed["road"].pop(0)
        ending = {"primary": "大道", "secondary": "路", "tertiary": "路", "unclassified": "村路",
                  "living_street": "巷"}.get(kind, "街" if self._rng.random() < 0.3 else "路")  # fmt: skip
        return self._new(lambda: f"{self._pair()}{ending}")

    def canal(self) -> str:
        """A small watercourse."""
        return self._new(lambda: f"{self._pair()}{self._rng.choice(['浜', '泾', '港', '河'])}")

    def school(self, boarding: bool) -> str:
        """A school; one with a dormitory is a high school."""
        if boarding:
            return self._new(lambda: f"{self._pair()}高级中学")
        return self._new(
            lambda: f"{self._pair()}{self._rng.choice(['小学', '初级中学', '幼儿园'])}"
        )

    def of(self, *endings: str) -> str:
        """Any other place, with one of the endings."""
        return self._new(lambda: f"{self._pair()}{self._rng.choice(list(endings))}")
