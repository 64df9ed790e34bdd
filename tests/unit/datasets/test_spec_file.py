"""`dataset.yaml` keeps forms, entities and the source of a dataset."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from pipeline.datasets.spec import ColumnSpec, DatasetSpec, EntitySpec, Role
from pipeline.datasets.spec_file import format_spec, load_spec
from pipeline.errors import MetadataError

SPEC = DatasetSpec(
    name="payments",
    title="Payments",
    description="",
    table="payments",
    as_of=date(2026, 1, 31),
    columns=(
        ColumnSpec("account_no", Role.IDENTITY, "key", options={"width": 8}, why="comes back in many rows"),
        ColumnSpec("client", Role.IDENTITY, "key"),
        ColumnSpec("currency", Role.MODELLED, "categorical", is_public=True),
        ColumnSpec(
            "amount",
            Role.MODELLED,
            "numerical",
            options={"decimals": 2},
            form={"decimal": ",", "grouping": "."},
            alternatives=("text",),
        ),
    ),
    entities=(
        EntitySpec("account", ("account_no",), ("currency",), ((16, 30), (17, 90)), parent="client"),
        EntitySpec("client", ("client",), is_sorted=True),
    ),
    source={"separator": ";", "encoding": "cp1252"},
)


def write(tmp_path, spec):
    path = tmp_path / "dataset.yaml"
    path.write_text(format_spec(spec), encoding="utf-8")
    return path


def test_a_written_spec_is_read_back_as_it_was(tmp_path):
    assert load_spec(write(tmp_path, SPEC)) == SPEC


def test_a_spec_without_forms_writes_none(tmp_path):
    plain = replace(SPEC, entities=(), source={}, columns=(ColumnSpec("client", Role.IDENTITY, "key"),))
    text = write(tmp_path, plain).read_text(encoding="utf-8")
    assert not {"form", "entities", "source", "public", "why"} & set(text.replace(":", " ").split())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"columns": ("nobody",)}, 'entities.0: "nobody" is not one of'),
        ({"parent": "account"}, 'entities.0.parent: "account" is not one of'),
    ],
)
def test_an_entity_of_unknown_columns_is_refused(tmp_path, change, message):
    broken = replace(SPEC, entities=(replace(SPEC.entities[0], **change), SPEC.entities[1]))
    with pytest.raises(MetadataError, match=message):
        load_spec(write(tmp_path, broken))
