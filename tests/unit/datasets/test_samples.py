from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from pipeline.datasets import features
from pipeline.datasets.catalog import BUILTIN_FOLDERS, Catalog
from pipeline.evaluation.validity.check import check_validity
from pipeline.settings import UploadLimits
from scripts import sample_facts as facts
from scripts.make_samples import ROWS, write_sample


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return Catalog(tmp_path_factory.mktemp("state"), UploadLimits(size_mb=1, columns=20))


@pytest.mark.parametrize("name", ["employee", "pci"])
def test_script_makes_the_committed_bytes(name: str, tmp_path: Path) -> None:
    source = BUILTIN_FOLDERS[name]
    assert write_sample(source, tmp_path).read_bytes() == (source / f"{name}.csv").read_bytes()


@pytest.mark.parametrize("name", ["employee", "pci"])
def test_sample_fits_its_metadata_and_rules(catalog: Catalog, name: str) -> None:
    dataset = catalog.get(name)
    dataset.validate()
    raw = dataset.load_raw()
    validity = check_validity(raw, dataset.spec, as_of=dataset.spec.as_of, real=None)
    assert [(rule.column, rule.rule, rule.examples) for rule in validity.failures] == []
    assert len(raw) == ROWS
    assert len(dataset.split().holdout) == ROWS // 5


def test_employees_are_like_the_published_figures(catalog: Catalog) -> None:
    dataset = catalog.get("employee")
    people = features.extract(dataset.spec, dataset.load_raw(), dataset.spec.as_of)
    assert (people["gender"] == "Female").mean() == pytest.approx(0.47, abs=0.02)
    assert (people["blood_group"] == "O+").mean() == pytest.approx(0.40, abs=0.04)
    assert people["age"].median() == pytest.approx(facts.MEDIAN_AGE, abs=1.5)
    assert people["state"].nunique() == 51
    assert _cramers_v(people["gender"], people["state"]) > 0.3


def test_cards_are_like_the_published_figures(catalog: Catalog) -> None:
    dataset = catalog.get("pci")
    cards = features.extract(dataset.spec, dataset.load_raw(), dataset.spec.as_of)
    shares = cards["card_provider"].value_counts(normalize=True)
    for network, share in facts.NETWORK_SHARES.items():
        assert shares[network] == pytest.approx(share, abs=0.02)
    assert cards["months_to_expiry"].between(1, 60).all()
    assert _cramers_v(cards["card_provider"], pd.cut(cards["months_to_expiry"], 10)) > 0.3


def _cramers_v(first: pd.Series, second: pd.Series) -> float:
    counts = pd.crosstab(first, second).to_numpy()
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    chi_square = ((counts - expected) ** 2 / expected).sum()
    return float((chi_square / counts.sum() / (min(counts.shape) - 1)) ** 0.5)
