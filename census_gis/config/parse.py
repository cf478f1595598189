"""From text to a checked tree, faults explained with the nearest valid key."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from census_gis.config.tree import Tree
from census_gis.errors import ConfigError
from census_gis.language import Text
from census_gis.profile import nearest

__all__ = ["parse"]

AnyTree = TypeVar("AnyTree", bound=Tree)
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def parse(file: Path, shape: type[AnyTree]) -> AnyTree:
    """A project file as a tree of the shape asked for."""
    inside = file / "project.toml"
    if inside.is_file():
        raise ConfigError(
            Text("is a folder, not a project file.", "是文件夹，不是项目文件。"),
            where=str(file), fix=Text(f"name the file in it: {inside}", f"请指定其中的文件：{inside}"),
        )  # fmt: skip
    if not file.is_file():
        raise ConfigError(
            Text("there is no such project file.", "没有这个项目文件。"),
            where=str(file),
            fix=Text(
                "check the path, or make one with `census-gis init DIR FILES…`.",
                "请检查路径，或用 `census-gis init 目录 文件…` 新建。",
            ),
        )
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConfigError(
            Text("is not a text in UTF-8.", "不是 UTF-8 编码的文本。"), where=str(file),
            fix=Text("name a project.toml, or save it as UTF-8 in the editor.",
                     "请指定 project.toml；若确为项目文件，请在编辑器中另存为 UTF-8 编码。"),
        ) from error  # fmt: skip
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+), column (\d+)", str(error))
        place = f"第 {at[1]} 行第 {at[2]} 列" if at else "文件末尾"
        raise ConfigError(
            Text(f"is not valid TOML: {error}.", f"不是有效的 TOML：{place}有误。"),
            where=str(file),
            fix=Text(
                "mend the line; texts stand in quotes, a path has / and not \\.",
                "请改正该行：文字须加引号，路径用 / 而不用 \\。",
            ),
        ) from error
    expanded = _expand(raw, str(file))
    try:
        return shape.model_validate(expanded)
    except ValidationError as error:
        raise _explained(error, str(file)) from error


def _expand(value: Any, where: str) -> Any:
    """``${NAME}`` in every text, at any depth."""
    if isinstance(value, Mapping):
        return {key: _expand(entry, where) for key, entry in value.items()}
    if isinstance(value, list):
        return [_expand(entry, where) for entry in value]
    if isinstance(value, str):
        return VARIABLE.sub(lambda match: _variable(match.group(1), where), value)
    return value


def _variable(name: str, where: str) -> str:
    if name not in os.environ:
        raise ConfigError(
            Text(f"the environment variable {name} is not set.", f"环境变量 {name} 未设置。"),
            where=where,
            fix=Text(f"set {name}, or write the path itself.", f"请设置 {name}，或直接写路径。"),
        )
    return os.environ[name]


def _explained(error: ValidationError, where: str) -> ConfigError:
    """The first fault of a project file, with the nearest valid key where one is unknown."""
    faults = error.errors()  # a misspelt table is missing too: the misspelling is what to say
    fault = next((f for f in faults if f["type"] == "extra_forbidden"), faults[0])
    key = ".".join(str(step) for step in fault["loc"])
    if fault["type"] == "extra_forbidden":
        guess = nearest(str(fault["loc"][-1]), _keys_at(fault["loc"][:-1]))
        return ConfigError(
            Text(f"unknown key '{key}'.", f"未知的键“{key}”。"),
            where=where,
            fix=Text(f"the nearest valid key is '{guess}'.", f"最接近的有效键是“{guess}”。"),
        )
    if fault["type"] == "missing":
        return ConfigError(
            Text(f"'{key}' is missing.", f"缺少“{key}”。"),
            where=where,
            fix=_how_to_add(key),
        )
    wanted = _wanted(fault["type"], fault.get("ctx", {}))
    return ConfigError(
        Text(f"'{key}' is {fault['input']!r}.", f"“{key}”的取值 {fault['input']!r} 无效。"),
        where=where,
        fix=Text(f"it must be {wanted.en}.", f"应为{wanted.zh}。"),
    )


def _how_to_add(key: str) -> Text:
    """What to write where a key or a table is missing."""
    if not key.startswith("inputs.") or key.count(".") > 1:
        return Text("add it.", "请补上。")
    return Text(
        f"add a table [{key}] with file, layer and columns; 'census-gis init FOLDER FILES' writes one from the files.",
        f"请添加 [{key}] 一节，写明 file、layer、columns；可用“census-gis init 文件夹 数据文件”据文件生成。",
    )


def _wanted(kind: str, bounds: Mapping[str, Any]) -> Text:
    """What a value of the project file should have been, from the kind of its fault."""
    family = kind.split("_")[0]
    choices = str(bounds.get("expected", ""))
    said = {
        "literal": Text(choices, choices.replace(" or ", " 或 ")),
        "greater": Text(f"at least {bounds.get('ge')}", f"不小于 {bounds.get('ge')} 的数"),
        "less": Text(f"at most {bounds.get('le')}", f"不大于 {bounds.get('le')} 的数"),
        "int": Text("a whole number", "整数"),
        "float": Text("a number", "数字"),
        "string": Text('a text in quotes: "…"', '引号中的非空文字："…"'),
        "list": Text('a list: ["…", "…"]', '列表：["…", "…"]'),
        "dict": Text("a table: { name = value }", "表：{ 名称 = 值 }"),
        "model": Text("a table of its own: [name]", "单独的表：[名称]"),
    }
    return said.get(family, Text("of another type", "其他类型"))


def _field(model: type[BaseModel], key: str) -> Any:
    """Annotation of the field that a key of the file stands for."""
    fields = model.model_fields
    return next(f.annotation for name, f in fields.items() if key in (name, f.alias))


def _keys_at(steps: tuple[int | str, ...]) -> list[str]:
    """Valid keys of the table that a path of steps leads to."""
    model: type[BaseModel] = Tree
    for step in steps:
        inner = _field(model, str(step))
        options = [inner, *getattr(inner, "__args__", ())]
        model = next(o for o in options if isinstance(o, type) and issubclass(o, BaseModel))
    return [field.alias or name for name, field in model.model_fields.items()]
