"""What `inspect` found, in words and as a record."""

from __future__ import annotations

from typing import Any

from census_gis.inputs.inspect import LayerReport
from census_gis.language import Language, Text

__all__ = ["as_record", "in_words"]

WORDS = {
    "rows": Text("{n:,} rows", "{n:,} 行"),
    "crs": Text("CRS stated: {crs}; the numbers say: {say}", "声明的坐标系：{crs}；坐标值表明：{say}"),
    "none": Text("none", "无"),
    "encoding": Text("encoding: {name}", "编码：{name}"),
    "columns": Text("columns: {names}", "字段：{names}"),
    "role": Text("suggested: [inputs.{role}] columns = {{ {columns} }}",
                 "建议：[inputs.{role}] columns = {{ {columns} }}"),
    "odd": Text("! {message}", "！{message}"),
}  # fmt: skip
KINDS = {
    "area": Text("area", "面"), "line": Text("line", "线"), "point": Text("point", "点"),
    "text": Text("text", "文字"), "int": Text("whole number", "整数"), "uint": Text("whole number", "整数"),
    "float": Text("number", "数"), "bool": Text("yes or no", "是否"), "datetime": Text("date", "日期"),
}  # fmt: skip


def _kind(name: str, language: Language) -> str:
    """What a layer or column holds; a kind we have no word for as it is called."""
    plain = name.split("[")[0].rstrip("0123456789").lower()
    known = KINDS.get(plain)
    return known.of(language) if known else name


def in_words(report: LayerReport, language: Language) -> str:
    """One layer as a few lines."""

    def say(key: str, **values: object) -> str:
        return "  " + WORDS[key].format(**values).of(language)

    head = f"{report.file.name}" + (f" : {report.layer}" if report.layer else "")
    shape = f" {_kind(report.shape, language)}" if report.shape else ""
    lines = [f"{head} [{report.driver}{shape}]", say("rows", n=report.rows)]
    if report.shape:
        stated = report.stated_crs or WORDS["none"].of(language)
        lines.append(say("crs", crs=stated, say=report.numbers_say.of(language)))
    if report.encoding:
        lines.append(say("encoding", name=report.encoding))
    names = ", ".join(
        f"{column.name} ({_kind(column.kind, language)})" for column in report.columns
    )
    lines.append(say("columns", names=names))
    if report.role and report.mapping:
        pairs = ", ".join(f'{ours} = "{theirs}"' for ours, theirs in report.mapping.items())
        lines.append(say("role", role=report.role, columns=pairs))
    lines += [say("odd", message=case[f"message_{language}"]) for case in report.findings]
    return "\n".join(lines)


def as_record(report: LayerReport, language: Language) -> dict[str, Any]:
    """One layer for a machine."""
    return {
        "file": str(report.file), "layer": report.layer, "driver": report.driver, "rows": report.rows,
        "shape": report.shape, "encoding": report.encoding, "stated_crs": report.stated_crs,
        "numbers_say": report.numbers_say.of(language), "bounds": report.bounds, "role": report.role,
        "columns": {column.name: column.kind for column in report.columns},
        "mapping": dict(report.mapping),
        "findings": [{"code": case["code"], "severity": case["severity"], "message": case[f"message_{language}"]}
                     for case in report.findings],
    }  # fmt: skip
