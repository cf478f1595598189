"""The project file: what an office writes, checked before anything is read.

Unknown keys are refused with the nearest valid one; paths are relative to the file; ``${NAME}`` comes
from the environment. What the rules may be is declared in `census_gis.profile`.
"""

from __future__ import annotations

from pathlib import Path

from census_gis.config.parse import parse
from census_gis.config.tree import (
    CodesTable,
    Imagery,
    InputTable,
    Staffing,
    Strict,
    TotalsTree,
    Tree,
)
from census_gis.errors import ConfigError
from census_gis.inputs.read import ReadSettings
from census_gis.inputs.read_context import BARRIER_KEYS, KEPT_TOGETHER
from census_gis.inputs.sources import Source
from census_gis.language import Text
from census_gis.profile import Profile, load_profile, nearest, rule_of
from census_gis.tables import USES

__all__ = ["InputTable", "ProjectConfig", "TotalsConfig", "load_config", "load_totals"]

# Keys that only some tables of the inputs know what to do with.
ONLY_IN = {
    "use_values": ("buildings",),
    "class_values": (*BARRIER_KEYS, "places"),
    "mode": sorted(KEPT_TOGETHER),
    "hold": BARRIER_KEYS,
}


class TotalsConfig(Strict):
    """What a project file says before there is a map: totals, and perhaps a table of districts."""

    tree: TotalsTree
    output: Path
    profile: Profile
    sources: dict[str, Source]


class ProjectConfig(Strict):
    """A checked project file: what to read, by which rules, and where results go."""

    file: Path
    output: Path
    profile: Profile
    sources: dict[str, Source]
    settings: ReadSettings
    staffing: Staffing

    @property
    def supervisors_total(self) -> int | None:
        """Given head-count of supervisors."""
        return self.staffing.supervisors_total

    def input_files(self) -> list[Path]:
        """Every file the project names, each once, sorted; folders (File Geodatabases) too."""
        files = {source.file for source in self.sources.values()}
        return sorted(files | {Path(image) for image in self.settings.image_files})


def load_totals(path: str | Path, *, out: str | Path | None = None) -> TotalsConfig:
    """Read a project file for its totals alone, without inputs; raises as `load_config`."""
    file = Path(path).resolve()
    tree = parse(file, TotalsTree)
    tables = {name: getattr(tree.inputs, name) for name in ("districts", "units")}
    return TotalsConfig(
        tree=tree, profile=_rules(tree, file.parent, str(file)),
        output=Path(out).resolve() if out is not None else (file.parent / tree.project.output).resolve(),
        sources={
            name: _source(name, t, file.parent, str(file)) for name, t in tables.items() if t
        },
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
    tree = parse(file, Tree)
    folder = file.parent
    profile = _rules(tree, folder, str(file))
    output = Path(out).resolve() if out is not None else (folder / tree.project.output).resolve()
    sources = {
        (key := name.rstrip("_")): _source(key, table, folder, str(file))
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
        staffing=tree.staffing,
    )  # fmt: skip


def _rules(tree: Tree, folder: Path, where: str) -> Profile:
    name = tree.project.profile
    local = folder / name
    profile = load_profile(local if name.endswith(".toml") and local.is_file() else name)
    changes = {key: rule_of(key, entry, where) for key, entry in tree.rules.items()}
    return profile.depart(changes, where) if changes else profile


def _source(name: str, table: InputTable, folder: Path, where: str) -> Source:
    _in_place(name, table, where)
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
        vintage=table.vintage if isinstance(table, CodesTable) else None,
    )


def _in_place(name: str, table: InputTable, where: str) -> None:
    """Refuse a key in a table where it would change nothing."""
    for key, tables in ONLY_IN.items():
        if key in table.model_fields_set and name not in tables:
            known = ", ".join(f"[inputs.{each}]" for each in tables)
            raise ConfigError(
                Text(f"'{key}' changes nothing in [inputs.{name}].",
                     f"“{key}”在 [inputs.{name}] 中不起作用。"),
                where=where,
                fix=Text(f"take it out; it belongs to {known}.",
                         f"请删去；它只用于 {known.replace(', ', '、')}。"),
            )  # fmt: skip


def _absolute(file: str, folder: Path) -> Path:
    """A path of the project file; what is no plain local path is left as it is for the door to refuse."""
    odd = "://" in file or file.startswith(("/vsi", "<", "{"))
    return Path(file) if odd else (folder / file).absolute()


def _images(imagery: Imagery | None, folder: Path, where: str) -> tuple[Path, ...]:
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
