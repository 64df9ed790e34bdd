"""What was decided by a guess is said when a table is registered."""

from __future__ import annotations

from datetime import date

from pipeline.datasets.spec import ColumnSpec, DatasetSpec, ModelledType, Role
from pipeline.datasets.unsure import describe_unsure


def specify(*columns: ColumnSpec) -> DatasetSpec:
    return DatasetSpec("t", "T", "", "t", date(2024, 1, 1), columns)


def test_several_offsets_are_said_with_the_one_that_is_written() -> None:
    form = {"kind": "date", "pattern": "%Y-%m-%dT%H:%M%z", "offset": "+01:00", "offset_varies": True}
    spec = specify(ColumnSpec("ts", Role.MODELLED, ModelledType.DATETIME, form=form))
    (sentence,) = describe_unsure(spec)
    assert 'Column "ts" holds times with several offsets from UTC' in sentence
    assert 'the offset "+01:00"' in sentence


def test_a_command_for_a_name_with_a_blank_has_quotes() -> None:
    options = {"country": "GB"}
    column = ColumnSpec(
        "my phone", Role.IDENTITY, "phone_number", options=options, alternatives=("phone_number of IN",)
    )
    (sentence,) = describe_unsure(specify(column))
    assert "`columns t --set 'my phone.country=IN'`" in sentence


def test_decided_columns_are_not_mentioned() -> None:
    assert (
        describe_unsure(
            specify(ColumnSpec("a", Role.MODELLED, ModelledType.CATEGORICAL, alternatives=("code",)))
        )
        == ()
    )
