"""Fitted models and real references: from memory, else from disk, else made."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.datasets.catalog import Catalog
from pipeline.datasets.dataset import Dataset
from pipeline.errors import JobCancelled, StoreError
from pipeline.evaluation.reference import Reference, load_reference
from pipeline.models.fitting import fit_model
from pipeline.models.model import FittedModel, compute_model_id, plan_kept_rules
from pipeline.models.store import ModelStore
from pipeline.progress import OnProgress, Progress, Signal
from pipeline.store.cache.recent import Recent
from pipeline.store.signing import Signer
from pipeline.synthesizers.recipe import Recipe, settle_device

if TYPE_CHECKING:
    from pipeline.reports import Report
    from pipeline.store.mirror import Mirror

_LOG = logging.getLogger(__name__)
_KEPT_IN_MEMORY = 8
_OLD_DRAFT_S = 3_600


class KeyedLock:
    """A lock for each key, removed when no thread holds it or waits for it."""

    def __init__(self) -> None:
        self._waiting: Counter[str] = Counter()
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    @contextmanager
    def take(self, key: str) -> Iterator[None]:
        """Wait until no other thread holds the key, and hold it."""
        with self._lock:
            self._waiting[key] += 1
            turn = self._locks.setdefault(key, threading.Lock())
        try:
            with turn:
                yield
        finally:
            self._leave(key)

    def _leave(self, key: str) -> None:
        with self._lock:
            self._waiting[key] -= 1
            if not self._waiting[key]:
                del self._waiting[key], self._locks[key]

    def __len__(self) -> int:
        """How many keys are held or waited for."""
        return len(self._locks)


class Library:
    """Gives the fitted model of a recipe and the reference of a dataset, and makes each only once."""

    def __init__(self, store: ModelStore, checkpoints: Path, mirror: Mirror | None = None) -> None:
        self.store = store
        self._checkpoints = checkpoints
        self._mirror = mirror
        self._models: Recent[str, FittedModel] = Recent(_KEPT_IN_MEMORY)
        self._references: Recent[str, Reference] = Recent(_KEPT_IN_MEMORY)
        self._reports: Recent[str, Report] = Recent(_KEPT_IN_MEMORY)
        self._report_locks = KeyedLock()
        self._fit_locks = KeyedLock()

    def obtain_model(
        self, dataset: Dataset, recipe: Recipe, on_progress: OnProgress | None = None
    ) -> tuple[FittedModel, bool]:
        """The fitted model and whether it was reused; two requests for one recipe train it once.

        One whose files are damaged is trained again, and replaced.
        """
        recipe = settle_device(recipe)
        model_id = compute_model_id(dataset.fingerprint, recipe)
        with self._fit_locks.take(model_id):
            known = self._find(model_id, dataset)
            if known is not None:
                self._complete_copy(model_id)
                return known, True
            return self._fit(model_id, dataset, recipe, on_progress), False

    def obtain_reference(self, dataset: Dataset) -> Reference:
        """The real side of comparisons with a dataset."""
        key = dataset.fingerprint
        return self._references.get(key) or self._references.put(key, load_reference(dataset))

    def load_model(self, model_id: str, dataset: Dataset) -> FittedModel:
        """A stored model of a dataset by its id; NotFoundError where there is none."""
        known = self._find(model_id, dataset)
        return known or self.store.load(model_id, dataset.spec, plan_kept_rules(dataset))

    def obtain_report(self, key: str, make: Callable[[], Report]) -> Report:
        """The report on what `key` names; two requests for one make it once."""
        with self._report_locks.take(key):
            return self._reports.get(key) or self._reports.put(key, make())

    def fetch_model(self, model_id: str) -> bool:
        """Copy a model from the second place unless it is stored here; False where it is in neither."""
        return self.store.has(model_id) or self._pull(f"models/{model_id}")

    def delete_model(self, model_id: str) -> None:
        """Delete a model from disk and memory."""
        self.store.delete(model_id)
        self._remove(f"models/{model_id}")
        self._models.take(model_id)

    def _fit(
        self, model_id: str, dataset: Dataset, recipe: Recipe, on_progress: OnProgress | None
    ) -> FittedModel:
        """Fit, from the checkpoint of a fit that was killed or cancelled where there is one."""
        self._checkpoints.mkdir(parents=True, exist_ok=True)
        _remove_old_drafts(self._checkpoints)
        checkpoint = self._checkpoints / f"{model_id}.npz"
        mirrored = f"checkpoints/{checkpoint.name}"
        if not checkpoint.exists():
            self._pull(mirrored)
        model = fit_model(dataset, recipe, self._mirror_checkpoints(checkpoint, on_progress), checkpoint)
        self.store.save(model)
        self._push(f"models/{model.info.id}", model.info.id)
        self._models.put(model.info.id, model)
        with _tolerated(mirrored):
            if model.info.was_stopped:
                self._push(mirrored)
            else:
                checkpoint.unlink(missing_ok=True)
                self._remove(mirrored)
        return model

    def _complete_copy(self, model_id: str) -> None:
        """Copy a model that is here and not in the second place, because its process was killed between."""
        if self._mirror and not self._mirror.has(f"models/{model_id}"):
            self._mirror.push(f"models/{model_id}", model_id)

    def _mirror_checkpoints(self, checkpoint: Path, on_progress: OnProgress | None) -> OnProgress | None:
        """The callback, which first copies a checkpoint that was written since the last report."""
        if self._mirror is None:
            return on_progress
        copied = [checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0]

        def report(progress: Progress) -> Signal | None:
            written = checkpoint.stat().st_mtime_ns if checkpoint.exists() else 0
            if written != copied[0]:
                copied[0] = written
                with _tolerated(f"checkpoints/{checkpoint.name}"):
                    self._push(f"checkpoints/{checkpoint.name}")
            return on_progress(progress) if on_progress else None

        return report

    def _push(self, path: str, stamp: str = "") -> None:
        if self._mirror:
            self._mirror.push(path, stamp)

    def _pull(self, path: str) -> bool:
        return self._mirror is not None and self._mirror.pull(path)

    def _remove(self, path: str) -> None:
        if self._mirror:
            self._mirror.remove(path)

    def _find(self, model_id: str, dataset: Dataset) -> FittedModel | None:
        if not self.fetch_model(model_id) or not self.store.is_intact(model_id):
            # Another process has deleted what this one still remembers, or its files are damaged.
            self._models.take(model_id)
            return None
        known = self._models.get(model_id)
        return known or self._models.put(
            model_id, self.store.load(model_id, dataset.spec, plan_kept_rules(dataset))
        )


def open_library(home: Path, mirror: Mirror | None) -> Library:
    """The library of a state folder, with a second place that it looks into, if there is one."""
    store = ModelStore(home / "models", Signer(home / "secrets"))
    return Library(store, home / "checkpoints", mirror)


def require_whole(found: str, wanted: str) -> None:
    """JobCancelled where a training gave another model than its recipe's, because it was stopped."""
    if found != wanted:
        raise JobCancelled("The training was stopped before its end.", "repeat the request to go on.", found)


def fetch_dataset(catalog: Catalog, mirror: Mirror | None, name: str) -> None:
    """Bring a dataset up to date with a second place, if there is one that holds it."""
    if mirror is None:
        return
    known = {spec.name for spec in catalog.list()}
    mirror.pull(f"datasets/{name}", catalog.get(name).fingerprint if name in known else "")


@contextmanager
def _tolerated(path: str) -> Iterator[None]:
    """A failing store must not end a training of hours while a checkpoint is copied or removed."""
    try:
        yield
    except StoreError:
        _LOG.warning("The store could not be brought up to date with %s.", path, exc_info=True)


def _remove_old_drafts(folder: Path) -> None:
    """Remove what a process that was killed while it wrote has left; what is young may still be written."""
    for draft in folder.glob("*.part"):
        try:
            if time.time() - draft.stat().st_mtime > _OLD_DRAFT_S:
                draft.unlink()
        except FileNotFoundError:
            # Another process was quicker, or has just renamed its own.
            continue
