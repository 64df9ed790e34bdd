"""Fitted models of one table and of several: listed, shown and deleted alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.access.accounts import AccountRole, Actor
from pipeline.access.audit import AuditEvent
from pipeline.errors import AccessError, NotFoundError
from pipeline.models.related.model import RelatedModelInfo
from pipeline.models.related.recipe import RelatedRecipe
from pipeline.settings import Settings
from pipeline.synthesizers.protocol import SynthesizerState
from pipeline.workbench.workbench import Workbench

CREATED = "2026-03-01T12:00:00+00:00"
INFO = RelatedModelInfo(
    "5b1e7c90aa42", "shop", "f" * 64, RelatedRecipe(), {}, CREATED, {"orders": 90}, 7, 1.5
)
ANALYST = Actor("ana", AccountRole.ANALYST, "web")


@pytest.fixture
def folder(workbench: Workbench, tmp_path: Path) -> Path:
    """A stored model of several tables."""
    parts = workbench.context.stores.related_models.store.parts
    parts.save(INFO.id, INFO.as_dict(), SynthesizerState({}, {}))
    return tmp_path / "related-models" / INFO.id


@pytest.fixture
def workbench(tmp_path: Path) -> Workbench:
    return Workbench(Settings(home=tmp_path), ANALYST)


def test_a_model_of_several_tables_is_listed_beside_those_of_one(workbench: Workbench, folder: Path) -> None:
    (listed,) = workbench.models.list_related()
    size = sum(path.stat().st_size for path in folder.iterdir())
    assert (listed.info.id, listed.info.training_rows, listed.size_bytes) == (INFO.id, {"orders": 90}, size)
    assert workbench.models.list() == ()
    assert workbench.models.is_related(INFO.id)
    assert workbench.models.get_related(INFO.id).recipe == RelatedRecipe()


def test_a_model_of_several_tables_is_deleted_and_the_audit_log_says_so(
    workbench: Workbench, folder: Path
) -> None:
    workbench.models.delete(INFO.id)
    assert not folder.exists()
    entry, begun = workbench.context.stores.audit.list()
    assert begun.event is AuditEvent.CHANGE_BEGUN
    assert (entry.actor, entry.event, entry.subject) == ("ana", AuditEvent.MODEL_DELETED, INFO.id)
    with pytest.raises(NotFoundError, match=f'no model "{INFO.id}"'):
        workbench.models.delete(INFO.id)


def test_a_viewer_deletes_no_model(workbench: Workbench, folder: Path) -> None:
    viewer = workbench.act_as(Actor("vera", AccountRole.VIEWER, "web"))
    assert viewer.models.list_related()[0].info.id == INFO.id
    with pytest.raises(AccessError, match="needs the role analyst"):
        viewer.models.delete(INFO.id)
    assert folder.exists()


def test_a_damaged_model_of_several_tables_is_named_and_can_be_deleted(
    workbench: Workbench, folder: Path
) -> None:
    (folder / "model.json").write_text("{", encoding="utf-8")
    assert (workbench.models.list_related(), workbench.models.list_damaged()) == ((), (INFO.id,))
    workbench.models.delete(INFO.id)
    assert workbench.models.list_damaged() == ()


@pytest.mark.parametrize("model_id", ["../related-models/5b1e7c90aa42", "..", "", "\0"])
def test_an_id_that_leads_elsewhere_is_not_known(workbench: Workbench, folder: Path, model_id: str) -> None:
    assert not workbench.models.is_related(model_id)
    with pytest.raises(NotFoundError, match="no model"):
        workbench.models.delete(model_id)
    assert folder.exists()
