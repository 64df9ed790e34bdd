"""What no rule can generate is refused when a table is registered."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from stdnum import lei
from stdnum.iso7064 import mod_97_10
from stdnum.us import rtn

from pipeline.datasets.codes import learn_code
from pipeline.datasets.detection.detect import detect
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, Role
from pipeline.errors import MetadataError
from pipeline.identity import derive, trial
from pipeline.identity.task import IdentityRequest
from pipeline.identity.trial import require_derivable
from tests.unit.identity.identity_cases import column, request

RNG = np.random.default_rng(3)
ROWS = 300
SIGNS = list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
BODIES = ["".join(RNG.choice(SIGNS, 18)) for _ in range(ROWS)]
LEIS = [body + mod_97_10.calc_check_digits(body) for body in BODIES]
ROUTINGS = [
    (body := f"0{RNG.integers(1, 10)}{RNG.integers(0, 10**6):06d}") + rtn.calc_check_digit(body)
    for _ in range(ROWS)
]


def test_legal_entity_identifiers_keep_their_check_digits() -> None:
    template = learn_code(LEIS)
    assert template is not None
    assert (template.check, template.pattern) == ("mod_97_10", r"[0-9A-Z]{18}\d{2}")
    made = derive(
        request([column("x", "code", (), True, **template.as_options())], 200, protected={"x": LEIS})
    )
    assert all(lei.is_valid(text) for text in made["x"])
    assert len(set(made["x"]) - set(LEIS)) == 200


def test_routing_numbers_of_american_banks_keep_their_check_digits() -> None:
    table = pd.DataFrame({"aba": ROUTINGS, "amount": RNG.lognormal(3, 1, ROWS).round(2)})
    found = detect(table, "t")[0].columns[0]
    assert (found.kind, found.options["scheme"]) == ("national_id", "us.rtn")
    made = derive(request([found], 200, protected={"aba": ROUTINGS}))["aba"]
    assert all(rtn.is_valid(text) for text in made)
    assert not set(made) & set(ROUTINGS)


def test_every_identity_column_is_tried_with_the_columns_that_it_follows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = pd.DataFrame({"name": ["Ann Lee"] * 5, "gender": ["F"] * 5, "born": ["1980-01-31"] * 5})
    table = pd.concat([rows] * 10, ignore_index=True).assign(amount=range(50))
    table = table.astype({"born": "datetime64[ns]"})
    tried: list[IdentityRequest] = []
    monkeypatch.setattr(trial, "derive", tried.append)
    require_derivable(detect(table, "t")[0], table)
    (asked,) = tried
    assert [one.name for one in asked.columns] == ["name"]
    assert set(asked.modelled) == {"gender", "age", "amount"}
    assert len(asked.modelled) == 20


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("code", {"patterns": [r"\d{4}[A-Z]"], "check": "luhn"}, "does not end in a check digit"),
        ("faker:no_such_thing", {}, "no_such_thing"),
        ("national_id", {"scheme": "xx.none"}, "xx.none"),
    ],
)
def test_what_cannot_be_generated_is_refused(kind: str, options: dict[str, object], message: str) -> None:
    columns = (
        ColumnSpec("x", Role.IDENTITY, kind, options=options),
        ColumnSpec("a", Role.MODELLED, "categorical"),
    )
    spec = DatasetSpec("t", "T", "", "t", date(2024, 1, 1), columns)
    with pytest.raises(MetadataError, match=message):
        require_derivable(spec, pd.DataFrame({"x": ["1"] * 30, "a": ["b"] * 30}))


def test_registration_leaves_nothing_behind_where_a_column_cannot_be_generated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.settings import Settings
    from pipeline.workbench.workbench import Workbench

    def refuse(spec: DatasetSpec, rows: pd.DataFrame) -> None:
        raise MetadataError(f'Column "x" of {len(rows)} rows cannot be generated.', "change it.")

    file = tmp_path / "t.csv"
    pd.DataFrame({"lei": LEIS, "amount": RNG.lognormal(3, 1, ROWS).round(2)}).to_csv(file, index=False)
    monkeypatch.setattr("pipeline.identity.trial.require_derivable", refuse)
    with pytest.raises(MetadataError, match="300 rows cannot be generated"):
        Workbench(Settings(home=tmp_path / "home")).datasets.add("t", [file])
    assert not (tmp_path / "home" / "datasets" / "t").exists()
