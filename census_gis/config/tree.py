"""What a project file may hold, table by table (contract, section 3)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["CodesTable", "Imagery", "InputTable", "Staffing", "Strict", "TotalsTree", "Tree"]


class Strict(BaseModel):
    """Unknown keys are refused, and so is what is of another type: true is not 1, "7" is not 7."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True
    )


class Project(Strict):
    """Table ``[project]``."""

    name: str = Field(min_length=1)
    profile: str = "un"
    language: Literal["zh", "en"] = "en"
    output: str = "outputs/plan"
    seed: int = Field(default=7, ge=0)
    crs: str | None = None
    snap_m: float = Field(default=5.0, ge=0, le=50)


class InputTable(Strict):
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


class CodesTable(InputTable):
    """Table ``[inputs.codes]``: the edition may be said beside the file."""

    vintage: str | None = None


class Imagery(Strict):
    """Table ``[inputs.imagery]``."""

    files: list[str]
    crs: str | None = None
    taken: str = ""
    source: str = ""


class Inputs(Strict):
    """Tables ``[inputs.*]``."""

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
    previous: InputTable | None = None
    virtual: InputTable | None = None
    codes: CodesTable | None = None
    edits: InputTable | None = None
    disputes: InputTable | None = None
    register_: InputTable | None = Field(default=None, alias="register")
    staff: InputTable | None = None
    imagery: Imagery | None = None


class Population(Strict):
    """Table ``[population]``."""

    persons_total: int | None = Field(default=None, ge=0)
    persons_per_household: float | None = Field(default=None, ge=0.5, le=30)


class Staffing(Strict):
    """Table ``[staffing]``: totals that are given."""

    supervisors_total: int | None = Field(default=None, ge=0)
    posts_total: int | None = Field(default=None, ge=0)  # supervisors among them
    eas_total: int | None = Field(default=None, ge=1)
    districts: int | None = Field(default=None, ge=1)  # where no table of districts is there yet
    budget: float | None = Field(default=None, ge=0)
    first_payment: float | None = Field(default=None, ge=0)  # first instalment of the budget


class Tree(Strict):
    """A whole project file."""

    project: Project
    inputs: Inputs
    population: Population = Population()
    staffing: Staffing = Staffing()
    rules: dict[str, Any] = {}


class SomeInputs(Inputs):
    """Inputs of a project file read for its totals: none is required."""

    districts: InputTable | None = None  # type: ignore[assignment]
    buildings: InputTable | None = None  # type: ignore[assignment]


class TotalsTree(Tree):
    """A project file read for its totals."""

    inputs: SomeInputs = SomeInputs()
