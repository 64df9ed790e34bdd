"""SDV metadata: loaded, checked against the data, and the errors of SDV translated."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from pipeline.datasets.parsing import to_numbers
from pipeline.datasets.spec import METADATA_FILE, DatasetSpec
from pipeline.errors import DataError, MetadataError, SamplingError, TrainingError, WorkbenchError

if TYPE_CHECKING:
    from sdv.metadata import Metadata

    from pipeline.datasets.spec import DatasetSpec

METADATA_SPEC_VERSION = "V2"
_OLD_SPEC_VERSION = "V1"  # lets SDV convert the keys of metadata that describes a single table
_HINT = "correct the metadata, or omit --metadata to let the workbench detect it."
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}
_STUMBLES = (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError)


def sdv_error_types() -> Mapping[type[BaseException], type[WorkbenchError]]:
    """The WorkbenchError for each class of `sdv.errors` and `sdv.metadata.errors` (imports sdv)."""
    from sdv import errors
    from sdv.metadata.errors import InvalidMetadataError, MetadataNotFittedError

    return {
        InvalidMetadataError: MetadataError,
        MetadataNotFittedError: MetadataError,
        errors.InvalidDataError: MetadataError,
        errors.InvalidDataTypeError: DataError,
        errors.ConstraintsNotMetError: DataError,
        errors.SynthesizerInputError: TrainingError,
        errors.SynthesizerProcessingError: TrainingError,
        errors.NotFittedError: TrainingError,
        errors.NonParametricError: TrainingError,
        errors.VersionError: TrainingError,
        errors.SamplingError: SamplingError,
        errors.VisualizationUnavailableError: DataError,
        errors.DemoResourceNotFoundError: DataError,
    }


def translate_sdv_error(error: BaseException, source: str) -> WorkbenchError:
    """The WorkbenchError for one that SDV raised; malformed metadata raises builtin errors there."""
    kinds = sdv_error_types()
    kind = next((kinds[base] for base in type(error).__mro__ if base in kinds), MetadataError)
    return kind(f"{source}: {_one_line(error)}", _HINT)


def load_metadata(path: Path, table: str) -> Metadata:
    """SDV's Metadata from a file, valid in itself; raise MetadataError for anything that SDV refuses.

    The one table that it describes is called `table` afterwards, whatever the file calls it.
    """
    content = read_metadata(path, table)
    return _build_metadata(content, path.name)


def read_metadata(path: Path, table: str) -> dict[str, Any]:
    """Metadata of one table as a dictionary in SDV's V2 form, checked by SDV; raises as `load_metadata`."""
    content = read_content(path)
    tables = content.get("tables", {"": content})
    if not isinstance(tables, dict) or len(tables) != 1:
        raise MetadataError(
            f"{path.name} must describe exactly one table.", "keep only the table that you register."
        )
    described = next(iter(tables.values()))
    version = content.get("METADATA_SPEC_VERSION", METADATA_SPEC_VERSION)
    if "tables" not in content:
        described = {key: value for key, value in content.items() if key != "METADATA_SPEC_VERSION"}
        version = _OLD_SPEC_VERSION
    return _build_metadata(
        {"tables": {table: described}, "METADATA_SPEC_VERSION": version}, path.name
    ).to_dict()


def read_content(path: Path) -> dict[str, Any]:
    """The object in a metadata file, unchecked; MetadataError where there is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        # JSON can spell half a surrogate, which no file and no answer can hold.
        json.dumps(content, ensure_ascii=False).encode()
    except OSError as error:
        raise MetadataError(
            f"The metadata file {path} cannot be read.", "check the path and the spelling."
        ) from error
    except (ValueError, RecursionError) as error:
        raise MetadataError(f"{path.name} is not valid JSON: {error}.", _HINT) from error
    if not isinstance(content, dict):
        raise MetadataError(f"{path.name}: expected an object, found {type(content).__name__}.", _HINT)
    return content


def build_table_metadata(
    described: Mapping[str, Any], table: str, source: str, version: str
) -> dict[str, Any]:
    """The description of one table of several in SDV's V2 form, checked by SDV; raises as `load_metadata`.

    `version` is that of the metadata: V2, or any other for the keys of before.
    """
    known = version if version == METADATA_SPEC_VERSION else _OLD_SPEC_VERSION
    content = {"tables": {table: dict(described)}, "METADATA_SPEC_VERSION": known}
    return _build_metadata(content, source).to_dict()


def check_data(metadata: Metadata, spec: DatasetSpec, cells: pd.DataFrame) -> None:
    """Raise MetadataError when the data breaks the metadata: columns, keys, types, ranges, date formats."""
    table = metadata.tables[spec.table]
    described, found = set(table.columns), set(cells.columns)
    for names, problem in ((described - found, "not in the table"), (found - described, "not described")):
        if names:
            raise MetadataError(f"{METADATA_FILE}: columns {', '.join(sorted(names))} are {problem}.", _HINT)
    columns = {name: _as_sdtype(cells[name], table.columns[name]) for name in cells.columns}
    typed = pd.DataFrame(columns, copy=False)
    few = {name: _take_ends(typed[name], one) for name, one in table.columns.items() if _is_free(table, name)}
    short = {name: values for name, values in few.items() if values is not None}
    with _translated(f'Table "{spec.table}"'), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # SDV warns of column order and of absent date formats
        _validate(metadata, spec.table, typed.drop(columns=list(short)))
        _validate(metadata, spec.table, pd.DataFrame(short))


def _validate(metadata: Metadata, table: str, typed: pd.DataFrame) -> None:
    """Let SDV check some columns of the table by the part of the metadata that describes them."""
    content = metadata.to_dict()
    described = content["tables"][table]
    left_out = [name for name in described["columns"] if name not in typed]
    if len(typed.columns):
        for name in left_out:
            del described["columns"][name]
        if described.get("primary_key") in left_out:
            del described["primary_key"]
        _build_metadata(content, table).validate_data({table: typed})


def _is_free(table: Any, name: str) -> bool:
    """Whether no key of the table needs all cells of a column."""
    return name not in (table.primary_key, table.sequence_key, table.sequence_index, *table.alternate_keys)


def _take_ends(values: pd.Series, described: Mapping[str, Any]) -> pd.Series | None:
    """The least and the greatest cell of a column, which decide whether its range holds; None for all others.

    Numbers and dates only, and only where every cell is one. SDV looks at them one by one: a million takes it
    longer than all the rest of a registration.
    """
    ordered = values
    if described["sdtype"] == "datetime" and described.get("datetime_format"):
        form = str(described["datetime_format"]).replace("%-", "%")
        ordered = pd.to_datetime(values, errors="coerce", format=form, utc="%z" in form.lower())
    elif (
        described["sdtype"] != "numerical" or values.dtype.kind not in "iuf" or "decimal_places" in described
    ):
        return None
    if ordered.isna().all() or (ordered.isna() & values.notna()).any():
        return None
    return values.iloc[[int(ordered.argmin()), int(ordered.argmax())]].reset_index(drop=True)


def _build_metadata(content: dict[str, Any], source: str) -> Metadata:
    from sdv.metadata import Metadata

    with _translated(source), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # keys of older metadata, which SDV converts
        metadata = Metadata.load_from_dict(content)
        metadata.validate()
    return metadata


def _as_sdtype(values: pd.Series, described: Mapping[str, Any]) -> pd.Series:
    """A column of text as SDV expects it for its sdtype; what does not fit stays text, for SDV to name."""
    converters: dict[str, Callable[[pd.Series], pd.Series]] = {"numerical": _numbers, "boolean": _booleans}
    if described["sdtype"] in ("categorical", "ordinal") and _has_number_values(described):
        return _numbers(values)
    return converters.get(described["sdtype"], lambda column: column)(values)


def _has_number_values(described: Mapping[str, Any]) -> bool:
    return any(not isinstance(value, str) for value in described.get("range_values") or ())


def _numbers(values: pd.Series) -> pd.Series:
    try:
        return to_numbers(values, "")
    except DataError:
        return values


def _booleans(values: pd.Series) -> pd.Series:
    return values.map(lambda cell: _BOOLEANS.get(str(cell).lower(), cell), na_action="ignore")


@contextmanager
def _translated(source: str) -> Iterator[None]:
    expected: tuple[type[BaseException], ...] = (*sdv_error_types(), *_STUMBLES)
    try:
        yield
    except expected as error:
        raise translate_sdv_error(error, source) from error


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text if text.endswith(".") else f"{text}."
