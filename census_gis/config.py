"""The project file: what an office writes, checked before anything is read.

Unknown keys are refused with the nearest valid one; paths are relative to the file; ``${NAME}`` comes
from the environment. What the rules may be is declared in `census_gis.profile`.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from census_gis.errors import ConfigError
from census_gis.inputs.read import ReadSettings
from census_gis.inputs.sources import Source
from census_gis.language import Text
from census_gis.profile import Profile, load_profile, nearest, rule_of
from census_gis.tables import USES

__all__ = ["InputTable", "ProjectConfig", "TotalsConfig", "load_config", "load_totals"]

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
# Inputs that are agreed but not read yet: a misspelling is not what to say of them.
LATER = frozenset(f"inputs.{name}" for name in ("previous",))


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class _Project(_Strict):
    name: str = Field(min_length=1)
    profile: str = "un"
    language: Literal["zh", "en"] = "en"
    output: str = "outputs/plan"
    seed: int = Field(default=7, ge=0)
    crs: str | None = None
    snap_m: float = Field(default=5.0, ge=0, le=50)


class InputTable(_Strict):
    """One ``[inputs.*]`` table."""

    file: str = Field(min_length=1)
    layer: str | None = None
    columns: dict[str, str] = {}
    encoding: str | None = None
    crs: str | None = None
    where: dict[str, str | int | float | bool] = {}
    use_values: dict[str, list[str]] = {}
    class_values: dict[str, list[str]] = {}
    mode: Literal["prefer", "atom", "as_is"] | None = None
    hold: Literal["must", "never"] | None = None


class _CodesTable(InputTable):
    vintage: str | None = None


class _Imagery(_Strict):
    files: list[str]
    crs: str | None = None
    taken: str = ""
    source: str = ""


class _Inputs(_Strict):
    districts: InputTable
    buildings: InputTable
    roads: InputTable | None = None
    railways: InputTable | None = None
    water: InputTable | None = None
    waterways: InputTable | None = None
    landuse: InputTable | None = None
    compounds: InputTable | None = None
    grids: InputTable | None = None
    barriers: InputTable | None = None
    links: InputTable | None = None
    places: InputTable | None = None
    units: InputTable | None = None
    special: InputTable | None = None
    virtual: InputTable | None = None
    codes: _CodesTable | None = None
    edits: InputTable | None = None
    disputes: InputTable | None = None
    register_: InputTable | None = Field(default=None, alias="register")
    staff: InputTable | None = None
    imagery: _Imagery | None = None


class _Population(_Strict):
    persons_total: int | None = Field(default=None, ge=0)
    persons_per_household: float | None = Field(default=None, ge=0.5, le=30)


class _Staffing(_Strict):
    supervisors_total: int | None = Field(default=None, ge=0)
    posts_total: int | None = Field(default=None, ge=0)  # supervisors among them
    eas_total: int | None = Field(default=None, ge=1)
    districts: int | None = Field(default=None, ge=1)  # where no table of districts is there yet
    budget: float | None = Field(default=None, ge=0)
    first_payment: float | None = Field(default=None, ge=0)  # first instalment of the budget


class _Tree(_Strict):
    project: _Project
    inputs: _Inputs
    population: _Population = _Population()
    staffing: _Staffing = _Staffing()
    rules: dict[str, Any] = {}


AnyTree = TypeVar("AnyTree", bound=_Tree)


class _SomeInputs(_Inputs):
    districts: InputTable | None = None  # type: ignore[assignment]
    buildings: InputTable | None = None  # type: ignore[assignment]


class _TotalsTree(_Tree):
    inputs: _SomeInputs = _SomeInputs()


class TotalsConfig(_Strict):
    """What a project file says before there is a map: totals, and perhaps a table of districts."""

    tree: _TotalsTree
    output: Path
    profile: Profile
    sources: dict[str, Source]


class ProjectConfig(_Strict):
    """A checked project file: what to read, by which rules, and where results go."""

    file: Path
    output: Path
    profile: Profile
    sources: dict[str, Source]
    settings: ReadSettings
    supervisors_total: int | None

    def input_files(self) -> list[Path]:
        """Every file the project names, each once, sorted; folders (File Geodatabases) too."""
        files = {source.file for source in self.sources.values()}
        return sorted(files | {Path(image) for image in self.settings.image_files})


def load_totals(path: str | Path, *, out: str | Path | None = None) -> TotalsConfig:
    """Read a project file for its totals alone, without inputs; raises as `load_config`."""
    file = Path(path).resolve()
    tree = _parse(file, _TotalsTree)
    tables = {name: getattr(tree.inputs, name) for name in ("districts", "units")}
    return TotalsConfig(
        tree=tree, profile=_rules(tree, file.parent, str(file)),
        output=Path(out).resolve() if out is not None else (file.parent / tree.project.output).resolve(),
        sources={name: _source(t, file.parent, str(file)) for name, t in tables.items() if t},
    )  # fmt: skip


def load_config(path: str | Path, *, out: str | Path | None = None) -> ProjectConfig:
    """Read and check a project file.

    Parameters
    ----------
    path
        The TOML file.
    out
        Where results go instead of ``project.output``.

    Raises
    ------
    ConfigError
        If the file is absent or not TOML, a key is unknown or of another type, an environment
        variable is not set, or a rule is wrong.
    """
    file = Path(path).resolve()
    tree = _parse(file, _Tree)
    folder = file.parent
    profile = _rules(tree, folder, str(file))
    output = Path(out).resolve() if out is not None else (folder / tree.project.output).resolve()
    sources = {
        name.rstrip("_"): _source(table, folder, str(file))
        for name in type(tree.inputs).model_fields
        if isinstance(table := getattr(tree.inputs, name), InputTable)
    }
    imagery = tree.inputs.imagery
    settings = ReadSettings(
        name=tree.project.name,
        language=tree.project.language,
        profile=profile,
        seed=tree.project.seed,
        crs=tree.project.crs,
        snap_m=tree.project.snap_m,
        persons_total=tree.population.persons_total,
        persons_per_household=tree.population.persons_per_household,
        image_files=tuple(str(image) for image in _images(imagery, folder, str(file))),
        image_crs=imagery.crs if imagery else None,
        image_taken=imagery.taken if imagery else "",
        image_source=imagery.source if imagery else "",
    )
    return ProjectConfig(
        file=file, output=output, profile=profile, sources=sources, settings=settings,
        supervisors_total=tree.staffing.supervisors_total,
    )  # fmt: skip


def _parse(file: Path, shape: type[AnyTree]) -> AnyTree:
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
            Text("is not written in UTF-8.", "不是 UTF-8 编码。"),
            where=str(file),
            fix=Text("save it as UTF-8 in the editor.", "请在编辑器中另存为 UTF-8 编码。"),
        ) from error
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
    if fault["type"] == "extra_forbidden" and key in LATER:
        return ConfigError(
            Text(f"[{key}] is not read by this version.", f"本版本尚不读取 [{key}]。"),
            where=where,
            fix=Text("take the table out.", "请删去该表。"),
        )
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
            fix=Text("add it.", "请补上。"),
        )
    wanted = _wanted(fault["type"], fault.get("ctx", {}))
    return ConfigError(
        Text(f"'{key}' is {fault['input']!r}.", f"“{key}”的取值 {fault['input']!r} 无效。"),
        where=where,
        fix=Text(f"it must be {wanted.en}.", f"应为{wanted.zh}。"),
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
    model: type[BaseModel] = _Tree
    for step in steps:
        inner = _field(model, str(step))
        options = [inner, *getattr(inner, "__args__", ())]
        model = next(o for o in options if isinstance(o, type) and issubclass(o, BaseModel))
    return [field.alias or name for name, field in model.model_fields.items()]


def _rules(tree: _Tree, folder: Path, where: str) -> Profile:
    name = tree.project.profile
    local = folder / name
    profile = load_profile(local if name.endswith(".toml") and local.is_file() else name)
    changes = {key: rule_of(key, entry, where) for key, entry in tree.rules.items()}
    return profile.depart(changes, where) if changes else profile


def _source(table: InputTable, folder: Path, where: str) -> Source:
    strange = next((use for use in table.use_values if use not in USES), None)
    if strange is not None:
        raise ConfigError(
            Text(f"use_values: there is no use '{strange}'.", f"use_values：没有用途“{strange}”。"),
            where=f"{where} [inputs]",
            fix=Text(f"the nearest is '{nearest(strange, USES)}'; uses are {', '.join(USES)}.",
                     f"最接近的是“{nearest(strange, USES)}”；可用：{'、'.join(USES)}。"),
        )  # fmt: skip
    values = {"use": table.use_values, "class": table.class_values}
    return Source(
        file=_absolute(table.file, folder),
        layer=table.layer,
        columns=dict(table.columns),
        encoding=table.encoding,
        crs=table.crs,
        where=dict(table.where),
        values={
            name: {ours: tuple(theirs) for ours, theirs in lists.items()}
            for name, lists in values.items()
            if lists
        },
        mode=table.mode,
        hold=table.hold,
        vintage=table.vintage if isinstance(table, _CodesTable) else None,
    )


def _absolute(file: str, folder: Path) -> Path:
    """A path of the project file; what is no plain local path is left as it is for the door to refuse."""
    odd = "://" in file or file.startswith(("/vsi", "<", "{"))
    return Path(file) if odd else (folder / file).absolute()


def _images(imagery: _Imagery | None, folder: Path, where: str) -> tuple[Path, ...]:
    """Files of the imagery list, patterns resolved, sorted."""
    found: list[Path] = []
    for pattern in imagery.files if imagery else ():
        base = _absolute(pattern, folder)
        matches = sorted(base.parent.glob(base.name)) if "*" in base.name else [base]
        if not matches:
            raise ConfigError(
                Text(f"no image matches '{pattern}'.", f"没有影像符合“{pattern}”。"),
                where=f"{where} [inputs.imagery]",
                fix=Text("check the folder and the pattern.", "请检查文件夹和通配符。"),
            )
        found += matches
    return tuple(found)
