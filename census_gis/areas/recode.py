"""Codes that go on: those in use stay, new ones come after the highest ever used."""

from __future__ import annotations

from collections.abc import Iterable

from census_gis.errors import InfeasibleError
from census_gis.language import Text
from census_gis.model import District

__all__ = ["fresh_codes", "serial_of"]


def serial_of(code: str, district: District) -> int | None:
    """Serial of an EA code of a district, None where it is no such code.

    A serial has the digits the rules ask for.
    """
    tail = code[len(district.id) :]
    width = int(district.profile["code.serial_digits"])
    if not code.startswith(district.id) or len(tail) != width:
        return None
    return int(tail) if tail.isascii() and tail.isdigit() else None


def fresh_codes(
    district: District, ever: Iterable[str], count: int, *, virtual: bool = False
) -> list[str]:
    """New codes, the numbers after the highest ever used (contract law 5).

    Parameters
    ----------
    ever
        Codes in use and codes once used.
    virtual
        Numbers of virtual EAs, from `code.virtual_from` up; else those below it.

    Raises
    ------
    InfeasibleError
        If the numbers do not suffice.
    """
    width, first_virtual = (
        int(district.profile[key]) for key in ("code.serial_digits", "code.virtual_from")
    )
    low, most = 0, min(first_virtual, 10**width) - 1
    if virtual:
        low, most = first_virtual - 1, 10**width - 1
    used = [serial for code in ever if (serial := serial_of(code, district)) is not None]
    last = max((serial for serial in used if low < serial <= most), default=low)
    if last + count > most:
        raise InfeasibleError(
            Text(f"district {district.id} needs {count} new EA codes after {last}, but serials end at {most}.",
                 f"普查区 {district.id} 需在 {last} 之后新编 {count} 个小区代码，但顺序码最大为 {most}。"),
            where="code.serial_digits",
            fix=Text("merge fewer EAs, or plan the district anew.", "请减少调整，或重新划分该普查区。"),
        )  # fmt: skip
    return [f"{district.id}{last + nth:0{width}d}" for nth in range(1, count + 1)]
