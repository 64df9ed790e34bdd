from __future__ import annotations

import warnings

from pipeline.datasets.related.describe import describe_tables
from pipeline.datasets.related.sdv_metadata import describe_related_metadata
from tests.unit.datasets.related.related_cases import make_calendar, make_shop

NUMBER, TEXT, KEY = {"sdtype": "numerical"}, {"sdtype": "categorical"}, {"sdtype": "id"}


def test_metadata_of_several_tables_is_what_sdv_reads() -> None:
    from sdv.metadata import Metadata

    schema = describe_tables("calendar", make_calendar()).schema
    own = {
        "stores": {"columns": {"Store": KEY, "Type": TEXT, "Size": NUMBER}},
        "readings": {"columns": {"Date": TEXT, "Temperature": NUMBER, "IsHoliday": TEXT}},
        "sales": {"columns": {"Dept": TEXT, "Amount": NUMBER}},
    }
    content = describe_related_metadata(schema, own)
    assert content["METADATA_SPEC_VERSION"] == "V1"
    assert content["tables"]["stores"]["primary_key"] == "Store"
    assert content["tables"]["sales"]["primary_key"] == ["Store", "Dept", "Date"]
    assert content["tables"]["sales"]["columns"]["IsHoliday"] == TEXT
    assert content["relationships"][1] == {
        "parent_table_name": "readings",
        "parent_primary_key": ["Store", "Date"],
        "child_table_name": "sales",
        "child_foreign_key": ["Store", "Date"],
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Metadata.load_from_dict(content).validate()


def test_references_to_the_own_table_are_left_out() -> None:
    schema = describe_tables("shop", make_shop()).schema
    own = {
        table.name: {"columns": dict.fromkeys(schema.list_own_columns(table.name), TEXT)}
        for table in schema.tables
    }
    content = describe_related_metadata(schema, own)
    assert len(content["relationships"]) == 4
    assert content["tables"]["employees"]["columns"]["manager_id"] == KEY
