"""What is kept in the folder of a large set: the request, the rows of each part, and a record of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from pipeline.errors import DataError
from pipeline.generation.bulk.folder import Folder
from pipeline.generation.bulk.manifest import require_sizes
from pipeline.generation.related.bulk.plan import SetJob

# Readers of whole folders (Arrow, Spark, Dask) leave out names that begin with an underscore.
_RECORDS = "_parts"
_REQUEST = f"{_RECORDS}/request.json"


@dataclass(frozen=True)
class TableFile:
    """One file of a table; `first_row` counts in the whole table."""

    table: str
    file: str
    first_row: int
    rows: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class SetPartRecord:
    """One part as it was written, a file for each table; how many rows each key and each rule looked at."""

    index: int
    files: tuple[TableFile, ...]
    keys_checked: Sequence[int]
    rules_checked: Sequence[int]
    is_new: bool = True

    @property
    def rows(self) -> int:
        """The rows of all tables."""
        return sum(file.rows for file in self.files)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """A record as it was stored; KeyError or TypeError where it is none."""
        return cls(**{**values, "files": tuple(TableFile(**one) for one in values["files"])})


def find_begun(folder: Folder) -> SetJob | None:
    """The job that a folder was begun for, None where there is none."""
    values = folder.read_json(_REQUEST)
    try:
        return None if values is None else SetJob.from_dict(values)
    except TypeError:
        return None


def check_folder(folder: Folder, job: SetJob) -> None:
    """Raise DataError where the folder holds anything but parts of this job."""
    begun = find_begun(folder)
    if begun is None and (found := folder.list()):
        raise DataError(
            f'{folder.address} is not empty: it holds "{found[0]}".', "choose a new or an empty folder."
        )
    if begun is not None and begun.id != job.id:
        ours, theirs = job.as_dict(), begun.as_dict()
        name = next(name for name in ours if ours[name] != theirs[name])
        difference = f"their {name} is {theirs[name]}, not {ours[name]}"
        raise DataError(
            f"{folder.address} holds parts of other tables: {difference}.",
            "choose another folder, or repeat that request to complete it.",
        )


def claim(folder: Folder, job: SetJob) -> None:
    """Make the folder this job's; DataError, and nothing is touched, where it holds anything else."""
    check_folder(folder, job)
    if find_begun(folder) is None:
        folder.write_json(_REQUEST, job.as_dict())


def find_counts(folder: Folder, index: int) -> dict[str, int] | None:
    """How many rows of each table a part was found to have; None where it was not counted."""
    values = folder.read_json(f"{_RECORDS}/rows-{index:05d}.json")
    if values is None or not all(type(rows) is int for rows in values.values()):
        return None
    return values


def save_counts(folder: Folder, index: int, counts: Mapping[str, int]) -> None:
    """Remember how many rows of each table a part has."""
    folder.write_json(f"{_RECORDS}/rows-{index:05d}.json", counts)


def find_record(folder: Folder, index: int, first_rows: Mapping[str, int]) -> SetPartRecord | None:
    """The record of a part that was made before, if all of its files still lie there unchanged."""
    values = folder.read_json(_name_record(index))
    try:
        record = None if values is None else SetPartRecord.from_dict({**values, "is_new": False})
    except (KeyError, TypeError):
        return None
    if record is None or any(file.first_row != first_rows.get(file.table) for file in record.files):
        return None
    is_whole = all(folder.compute_sha256(one.file, one.size_bytes) == one.sha256 for one in record.files)
    return record if is_whole else None


def save_record(folder: Folder, record: SetPartRecord) -> None:
    """Remember a part, once its files are complete."""
    folder.write_json(_name_record(record.index), asdict(record))


def require_files(folder: Folder, records: Sequence[SetPartRecord]) -> None:
    """Raise ExportError unless every file lies in the folder as it looks from this very process."""
    files = {one.file: one.size_bytes for record in records for one in record.files}
    require_sizes(folder, files)


def _name_record(index: int) -> str:
    return f"{_RECORDS}/part-{index:05d}.json"
