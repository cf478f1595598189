"""`census-gis init`: a commented project file, filled in from what the files themselves say."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from census_gis.errors import ConfigError
from census_gis.inputs.inspect import LayerReport, inspect_file
from census_gis.language import Language, Text

__all__ = ["project_text", "write_project"]

ROLES = (
    "districts", "buildings", "roads", "railways", "water", "waterways", "landuse", "compounds",
    "grids", "places", "units", "register", "staff", "edits",
)  # fmt: skip
REQUIRED = ("districts", "buildings")
HEAD = Text(
    "# Project file of census_gis. Lines that begin with # are comments; check every line marked ?.\n",
    "# census_gis 项目文件。以 # 开头的是注释；请核对每一处 ? 标记。\n",
)
MISSING = Text(
    "# ? no layer looks like {role}: write file, layer and columns here\n",
    "# ? 没有图层像是 {role}：请在此填写 file、layer 和 columns\n",
)
FOUND = Text("# {rows} rows, {crs}{doubt}\n", "# {rows} 行，{crs}{doubt}\n")
OTHERS = Text("# ? {layer} looks like {role} as well\n", "# ? {layer} 也像是 {role}\n")


def write_project(folder: Path, files: Sequence[Path], language: Language) -> Path:
    """Write ``folder/project.toml``; an existing one is never overwritten.

    Raises
    ------
    ConfigError
        If there is one already.
    """
    target = folder / "project.toml"
    if target.exists():
        raise ConfigError(
            Text("there is a project file already.", "已有项目文件。"),
            where=str(target),
            fix=Text("move it away, or name another folder.", "请移走它，或指定其他文件夹。"),
        )
    reports = [report for file in files for report in inspect_file(file)]
    folder.mkdir(parents=True, exist_ok=True)
    target.write_text(project_text(reports, folder, language), encoding="utf-8")
    return target


def project_text(reports: Sequence[LayerReport], folder: Path, language: Language) -> str:
    """The project file as text."""
    profile = "cn2020" if language == "zh" else "un"
    lines = [
        HEAD.of(language),
        "[project]\n",
        f"name     = {_quoted(folder.name)}\n",
        f'profile  = "{profile}"\n',
        f'language = "{language}"\n',
        'output   = "outputs"\n',
        "seed     = 7\n",
        "snap_m   = 5\n",
    ]
    for role in ROLES:
        fit = [report for report in reports if report.role == role]
        if fit:
            lines += _table(role, fit, folder, language)
        elif role in REQUIRED:
            lines += [f"\n[inputs.{role}]\n", MISSING.format(role=role).of(language), 'file = ""\n']
    lines += [
        "\n[population]\n",
        Text("# persons_total = 160000   # used where no district carries its own\n",
             "# persons_total = 160000   # 普查区没有人数时使用\n").of(language),
        "\n[staffing]\n",
        "# supervisors_total = 110\n",
    ]  # fmt: skip
    return "".join(lines)


def _table(role: str, fit: Sequence[LayerReport], folder: Path, language: Language) -> list[str]:
    """One [inputs.*] table: the layer called so, else that with most rows; others as comments."""
    called = (role, role.removesuffix("s"))
    best, *rest = sorted(
        fit, key=lambda report: (report.layer.lower() not in called, -report.rows, report.layer)
    )
    columns = ", ".join(f"{ours} = {_quoted(theirs)}" for ours, theirs in best.mapping.items())
    doubt = "".join(f" ? {case[f'message_{language}']}" for case in best.findings)
    crs = best.stated_crs or best.numbers_say.of(language)
    lines = [
        f"\n[inputs.{role}]\n",
        FOUND.format(rows=f"{best.rows:,}", crs=crs, doubt=doubt.replace("\n", " ")).of(language),
        f"file    = {_quoted(_relative(best.file, folder))}\n",
        f"layer   = {_quoted(best.layer)}\n",
        f"columns = {{ {columns} }}\n",
    ]
    if best.encoding and best.encoding.upper() not in ("UTF-8", "UTF8", "-"):
        lines.append(f"encoding = {_quoted(best.encoding)}\n")
    return [*lines, *(OTHERS.format(layer=r.layer, role=role).of(language) for r in rest)]


def _relative(file: Path, folder: Path) -> str:
    """A path as the project file may hold it; another drive of Windows needs the whole path."""
    if file.anchor != folder.anchor:
        return file.as_posix()
    return Path(os.path.relpath(str(file), str(folder))).as_posix()


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are TOML's."""
    return json.dumps(text, ensure_ascii=False)
