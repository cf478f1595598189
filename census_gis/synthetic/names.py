"""Invented Chinese names: committees, villages, roads, estates. None is meant for a real place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["Names"]

FIRST = "青云河桥学文南北东西新和清明春秋金银玉石花竹柳桃梅松湖海江溪泉安永福康乐平兴盛华星月晨朝阳"
SECOND = "溪湾塘浜汀洲桥园苑林庭泽泾浦港渡岸亭阁台坊里庄源岭川汇景秀雅怡馨悦翠碧澜霞辉"
ESTATE = ("苑", "家园", "花园", "新村", "公寓", "小区", "名邸", "华庭", "雅苑")
FAMILIES = "沈陆顾姚金徐朱周吴张钱蒋陶薛夏杜李王赵孙郑陈褚卫韩杨秦许何吕施孔曹严华魏姜谢邹喻柏窦章苏潘葛范彭郎鲁韦马苗方俞任袁柳鲍史唐费雷贺倪汤"
FAMILY = FAMILIES[:16]  # of the example street
HAMLETS = (
    "家浜", "家宅", "家埭", "家湾", "家桥", "家庄", "家楼", "家岗", "家洼", "家坡", "家集", "家堂",
)  # fmt: skip
HAMLET = HAMLETS[:6]
FIXED_COMMITTEES = (
    "学府", "河湾", "桥南", "城隍", "文昌", "新桥", "北门", "盈泽", "和睦", "清河", "万寿", "民乐",
    "公园", "车站", "康定", "湖畔", "佳和", "塔桥", "青松", "绿舟", "水岸", "西部", "东渡", "南箐",
    "尚美", "港泾", "夏阳浦", "石家桥",
)  # fmt: skip
FIXED_VILLAGES = ("河湾", "南塘", "天恩桥", "薛家浜", "贺桥", "俞家埭", "西浜", "北泾")
BIG_ROADS = ("青溪大道", "云溪大道", "学府路", "盈浦东路", "文昌路", "滨江大道", "城中路", "外青路",
             "公园路", "环城路", "崧文路", "淀湖路")  # fmt: skip


class Names:
    """Names for one township, each given once; `known` names first, those of the example street."""

    def __init__(self, rng: np.random.Generator, *, known: bool = True) -> None:
        self._rng = rng
        self._used: set[str] = set()
        pools = {"committee": FIXED_COMMITTEES, "village": FIXED_VILLAGES, "road": BIG_ROADS}
        self._fixed = {name: list(pool) if known else [] for name, pool in pools.items()}
        self._hamlets = (FAMILY, HAMLET) if known else (FAMILIES, HAMLETS)
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

    def _one(self, pool: Sequence[str]) -> str:
        return pool[int(self._rng.integers(len(pool)))]

    def _pair(self) -> str:
        return f"{self._one(FIRST)}{self._one(SECOND)}"

    def _next(self, pool: str) -> str:
        left = self._fixed[pool]
        if not left:
            return self._new(self._pair)
        self._used.add(left[0])
        return left.pop(0)

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
        return self._new(lambda: f"{self._pair()}{self._one(ESTATE)}")

    def hamlet(self) -> str:
        """A hamlet, named after the family it was."""
        return self._new(lambda: f"{self._one(self._hamlets[0])}{self._one(self._hamlets[1])}")

    def road(self, kind: str) -> str:
        """A road of a class (OSM highway value)."""
        if kind in ("primary", "secondary") and self._fixed["road"]:
            return self._fixed["road"].pop(0)
        ending = {"primary": "大道", "secondary": "路", "tertiary": "路", "unclassified": "村路",
                  "living_street": "巷"}.get(kind, "街" if self._rng.random() < 0.3 else "路")  # fmt: skip
        return self._new(lambda: f"{self._pair()}{ending}")

    def canal(self) -> str:
        """A small watercourse."""
        return self._new(lambda: f"{self._pair()}{self._one('浜泾港河')}")

    def school(self, boarding: bool) -> str:
        """A school; one with a dormitory is a high school."""
        if boarding:
            return self._new(lambda: f"{self._pair()}高级中学")
        return self._new(lambda: f"{self._pair()}{self._one(('小学', '初级中学', '幼儿园'))}")

    def of(self, *endings: str) -> str:
        """Any other place, with one of the endings."""
        return self._new(lambda: f"{self._pair()}{self._one(endings)}")
