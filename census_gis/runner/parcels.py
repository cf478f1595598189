"""Districts planned on other machines: all they take goes out, the file of the outcome comes back.

Workers need no disk of ours: a parcel holds the packed district and the rows it stands in, what returns holds the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from census_gis.runner.cluster import Cluster, batch_of
from census_gis.runner.district import Outcome, StandsIn
from census_gis.runner.jobs import Job, lost, planned_from, standing_in
from census_gis.store.shelf import keep_whole

__all__ = ["Parcel", "Returned", "afar", "planned_afar", "sent"]


@dataclass(frozen=True)
class Parcel:
    """A job with what it would read from our disk."""

    job: Job
    packed: bytes
    standing: StandsIn | None


@dataclass(frozen=True)
class Returned:
    """An outcome, and the file it is to be kept in; empty where the district could not be planned."""

    job: Job
    outcome: Outcome
    data: bytes = b""


def afar(cluster: Cluster, jobs: Iterator[Job], *, total: int) -> Iterator[Outcome]:
    """Outcomes of jobs done on a cluster, as they come; their files are kept here.

    Parameters
    ----------
    cluster
        Of workers.
    jobs
        At most `total` districts.
    total
        Districts of the run.

    Raises
    ------
    ConfigError
        If the cluster is lost; what was yielded is kept.
    """
    size = batch_of(total, cluster.workers())
    for returned in cluster.each(planned_afar, map(sent, jobs), lost=_lost, size=size):
        yield _kept(returned)


def sent(job: Job) -> Parcel:
    """A job made ready to leave."""
    return Parcel(job, job.packed.read_bytes(), standing_in(job))


def planned_afar(parcel: Parcel) -> Returned:
    """One district in a worker that shares no disk with us."""
    with TemporaryDirectory(prefix="census-gis-") as folder:
        target = Path(folder) / "district.sqlite"
        here = replace(parcel.job, target=target)
        outcome = planned_from(here, parcel.packed, parcel.standing)
        data = b"" if outcome.file is None else target.read_bytes()
    return Returned(parcel.job, replace(outcome, file=None), data)


def _kept(returned: Returned) -> Outcome:
    if not returned.data:
        return returned.outcome
    keep_whole(returned.job.target, returned.data)
    return replace(returned.outcome, file=returned.job.target)


def _lost(parcel: Parcel) -> Returned:
    return Returned(parcel.job, lost(parcel.job))
