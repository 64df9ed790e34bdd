"""A small bank with its rules, registered once for a module."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.datasets.related.catalog import RelatedCatalog
from pipeline.datasets.related.dataset import RelatedDataset
from pipeline.evaluation.related.reference import RelatedReference, load_related_reference
from pipeline.models.related.inputs import LearnedTables, learn_tables
from pipeline.models.related.proposing import edit_rules
from pipeline.settings import UploadLimits
from tests.small_bank import RULES, write_small_bank


@pytest.fixture(scope="package")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> RelatedDataset:
    """Without rules."""
    folder = tmp_path_factory.mktemp("bank")
    files = write_small_bank(folder / "in")
    return RelatedCatalog(folder / "related", UploadLimits()).add("shop", files)


@pytest.fixture(scope="package")
def reference(dataset: RelatedDataset) -> RelatedReference:
    """The real side."""
    return load_related_reference(dataset)


@pytest.fixture(scope="package")
def ruled(dataset: RelatedDataset, reference: RelatedReference) -> RelatedDataset:
    """With rules."""
    return replace(dataset, schema=edit_rules(dataset, reference, RULES, ()))


@pytest.fixture(scope="package")
def learned(ruled: RelatedDataset, reference: RelatedReference) -> LearnedTables:
    """As models learn it."""
    return learn_tables(ruled, reference)
