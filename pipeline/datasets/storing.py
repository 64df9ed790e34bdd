"""A dataset written to its folder: the table as it is stored, its description, and earlier descriptions."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from pipeline.datasets.dataset import Dataset
from pipeline.datasets.forms import form_from_dict
from pipeline.datasets.parsing import as_text
from pipeline.datasets.records import format_records
from pipeline.datasets.source import ReadOptions
from pipeline.datasets.spec import METADATA_FILE, SPEC_FILE, DatasetSpec
from pipeline.datasets.spec_file import format_spec
from pipeline.datasets.typed import are_whole, is_tolerant

if TYPE_CHECKING:
    from pipeline.datasets.doubts import FindDoubts
    from pipeline.datasets.forms.hints import Hints


def decide_doubts(spec: DatasetSpec, table: pd.DataFrame, find_doubts: FindDoubts | None) -> DatasetSpec:
    from pipeline.datasets.doubts import note_doubts

    return spec if find_doubts is None else note_doubts(spec, table, find_doubts)


def find_hints(options: ReadOptions, separator: str = "") -> Hints:
    """What options say of the columns of a file; a semicolon between cells leaves the comma for decimals."""
    from pipeline.datasets.forms.hints import Hints

    likely = "," if separator == ";" else "."
    return Hints(
        decimal=options.decimal,
        likely_decimal=likely,
        day_first=options.day_first,
        missing=options.missing,
        kept=tuple(name.rpartition(".")[2] for name in options.public) + options.public,
    )


def as_stored(spec: DatasetSpec, cells: pd.DataFrame, typed: pd.DataFrame) -> pd.DataFrame:
    """The table as it is stored: in the form of its source where it has one, else in plain form."""
    from pipeline.datasets.forms.digits import restore_zeros

    kept = {column.name for column in spec.columns if is_tolerant(column)}
    texts = {name: as_text((cells if name in kept else typed)[name]) for name in typed.columns}
    whole = {one.name: form_from_dict(one.form) for one in spec.columns if are_whole(one)}
    texts |= {name: restore_zeros(texts[name], form) for name, form in whole.items()}
    return pd.DataFrame(texts, copy=False)


def write_dataset(dataset: Dataset, table: pd.DataFrame, metadata: Mapping[str, Any]) -> None:
    dataset.folder.mkdir()
    dataset.table_path.write_bytes(format_records(table))
    write_description(dataset, metadata)


def keep_version(folder: Path) -> None:
    """Copy the present description to the next number among the versions."""
    versions = folder / "versions"
    kept = versions / f"{len(list(versions.glob('*'))) + 1:03d}"
    kept.mkdir(parents=True)
    for name in (SPEC_FILE, METADATA_FILE):
        shutil.copy2(folder / name, kept / name)


def write_description(dataset: Dataset, metadata: Mapping[str, Any]) -> None:
    text = json.dumps(metadata, indent=2, ensure_ascii=False)
    (dataset.folder / METADATA_FILE).write_text(text + "\n", encoding="utf-8")
    (dataset.folder / SPEC_FILE).write_text(format_spec(dataset.spec), encoding="utf-8")
