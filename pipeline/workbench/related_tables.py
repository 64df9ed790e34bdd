"""The use cases of tables of a set: train, generate, open again, export, load into a database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent
from pipeline.errors import ApprovalRequired, JobError, NotFoundError
from pipeline.generation.orders import RelatedOrder
from pipeline.generation.paths import prepare_state
from pipeline.generation.related.exports import compare_tables, enter_tables
from pipeline.generation.related.files import (
    SetExport,
    SetTarget,
    choose_target,
    declare_texts,
    name_set_files,
    type_frames,
    type_tables,
    write_set_files,
)
from pipeline.generation.related.making import check_scale, make_again, make_related
from pipeline.generation.related.results import (
    DatabaseLoad,
    RelatedGeneration,
    RelatedTraining,
    compute_digest,
)
from pipeline.generation.table import Stopwatch
from pipeline.models.related.assembly import RelatedRequest, describe_table
from pipeline.models.related.recipe import RelatedRecipe, configure_related
from pipeline.progress import naming_model
from pipeline.runs.records import RelatedSummary
from pipeline.runs.states import RunStatus
from pipeline.workbench.context import Context, needs
from pipeline.workbench.doubts import require_fitting

if TYPE_CHECKING:
    from pipeline.datasets.related.dataset import RelatedDataset
    from pipeline.evaluation.export_check import ExportCheck
    from pipeline.evaluation.headline import Headline
    from pipeline.generation.approvals import Approval
    from pipeline.generation.related.results import RelatedEvidence
    from pipeline.models.related.model import RelatedModel
    from pipeline.progress import OnProgress
    from pipeline.runs.records import Run


@dataclass(frozen=True)
class DatabaseTarget:
    """A database to load tables into; the password is neither in the address nor shown."""

    url: str
    schema: str | None = None
    is_appended: bool = False
    password: str | None = None

    def __repr__(self) -> str:
        return f"DatabaseTarget({self.url!r}, schema={self.schema!r}, is_appended={self.is_appended})"


class RelatedTableService:
    """Tables of datasets of several tables, as one actor may make and take them out."""

    def __init__(self, context: Context, find_run: Callable[[str], Run]) -> None:
        self.context = context
        # Gives the runs that the actor may see, and no others.
        self._find_run = find_run

    @needs(AccountRole.VIEWER)
    def default_recipe(self, **changes: Any) -> RelatedRecipe:
        """The configured recipe of several tables with changes."""
        return configure_related(self.context.settings.training, **changes)

    @needs(AccountRole.ANALYST)
    def train(
        self, dataset: str, recipe: RelatedRecipe | None = None, on_progress: OnProgress | None = None
    ) -> RelatedTraining:
        """Fit a model of all tables, or find the one that an equal request has fitted."""
        watch = Stopwatch()
        found = self.context.stores.related.get(dataset)
        model, reused = self.obtain(found, recipe or self.default_recipe(), on_progress)
        watch.lap("train")
        # With the loading of libraries, as the stages of tables have it: estimates leave it out.
        info, seconds = model.info, watch.seconds["train"]
        return RelatedTraining(
            info.id, info.recipe.synthesizer, info.epochs_trained, seconds, reused, info.was_stopped
        )

    @needs(AccountRole.ANALYST)
    def generate(self, order: RelatedOrder, on_progress: OnProgress | None = None) -> RelatedGeneration:
        """Train where needed, sample all tables with their keys and measure them."""
        request = self._ask(order)
        dataset, watch = self.context.stores.related.get(order.dataset), Stopwatch()
        model, reused = self.obtain(dataset, order.recipe or self.default_recipe(), on_progress)
        watch.lap("train")
        with naming_model(None if reused else model.info.id):
            generation = make_related(model, request, reused, watch, on_progress)
        self.context.record(
            AuditEvent.TABLE_GENERATED,
            order.dataset,
            rows=sum(generation.rows.values()),
            seed=order.seed,
            as_of=request.as_of.isoformat(),
            model=model.info.id,
        )
        return generation

    @needs(AccountRole.VIEWER)
    def make_again(
        self, order: RelatedOrder, model_id: str, digest: str, measured: RelatedEvidence | None = None
    ) -> RelatedGeneration:
        """Tables that were made before; NotFoundError where the rows differ from those of `digest`."""
        dataset = self.context.stores.related.get(order.dataset)
        library = self.context.stores.related_models
        model = library.store.load(model_id, dataset, library.obtain_learned(dataset))
        return make_again(model, self._ask(order), digest, measured)

    @needs(AccountRole.VIEWER)
    def open(self, run_id: str) -> RelatedGeneration:
        """The tables of a run that is done, sampled again from the run's own model: the same rows.

        They come with what was measured when the run was done. JobError where the run made no tables,
        NotFoundError where its model was deleted, its dataset has changed since, or other rows come out.
        """
        run = self._find_run(run_id)
        order, made, model = run.order, run.result, run.model
        is_done = run.status is RunStatus.DONE
        digest = made.tables_sha256 if is_done and isinstance(made, RelatedSummary) else None
        if not isinstance(order, RelatedOrder) or model is None or digest is None:
            raise JobError(f"Run {run_id} has no tables.", "open a run that generated several and is done.")
        self._require_reproducible(run, model)
        return self.make_again(order, model, digest, self._read_evidence(run_id))

    @needs(AccountRole.VIEWER)
    def preview(self, generation: RelatedGeneration, rows: int) -> dict[str, Mapping[str, Sequence[str]]]:
        """By table the texts of its first rows as files will hold them, by column."""
        from pipeline.datasets.written import write_in_form
        from pipeline.exporters.columns import read_columns

        found: dict[str, Mapping[str, Sequence[str]]] = {}
        for name, table in generation.tables.items():
            written = write_in_form(describe_table(generation.dataset, name), table.head(rows))
            found[name] = {column.name: column.texts for column in read_columns(written)}
        return found

    @needs(AccountRole.VIEWER)
    def plan_download(
        self, generation: RelatedGeneration, fmt: str | None, dialect: str | None = None
    ) -> SetTarget:
        """The one file that tables are downloaded as; DataError for a format or a dialect there is not."""
        return choose_target(fmt, None, dialect, Path(generation.filename))

    @needs(AccountRole.ANALYST)
    def plan_export(
        self, order: RelatedOrder, fmt: str | None, out: Path | None, dialect: str | None = None
    ) -> SetTarget:
        """Choose where tables go before anything slow; DataError for a format or a place that is refused."""
        self._ask(order)
        state = prepare_state(self.context.settings.state_folder)
        return choose_target(fmt, out, dialect, state / "exports" / f"{order.dataset}-seed{order.seed}")

    @needs(AccountRole.VIEWER)
    def compare(self, generation: RelatedGeneration) -> RelatedGeneration:
        """The same tables, their evidence also saying what each repeats together with earlier exports."""
        reference = self.context.stores.related_models.obtain_reference(generation.dataset)
        return compare_tables(self.context.stores.exports, reference, generation)

    @needs(AccountRole.VIEWER)
    def conclude(self, generation: RelatedGeneration) -> tuple[Headline, ExportCheck]:
        """The verdict of these tables, what blocks their export, and which warnings must be accepted.

        Nothing is recorded.
        """
        from pipeline.evaluation.headline import wait

        headline, check = generation.evidence.headline, self.compare(generation).evidence.check()
        try:
            self._require_release(generation)
        except ApprovalRequired as waits:
            check = replace(check, obstacles=(*check.obstacles, waits.message))
            headline = wait(headline, waits.hint)
        return headline, check

    @needs(AccountRole.VIEWER)
    def export(self, generation: RelatedGeneration, target: SetTarget, is_plain: bool = False) -> SetExport:
        """The tables as files in memory, recorded as a download; a broken key, rule or record stops it."""
        entered, approvals = self._enter(generation)
        export = write_set_files(entered, target, self.context.actor.name, is_plain, approvals)
        self._record_left(entered, str(target.format), export.sha256)
        return export

    @needs(AccountRole.ANALYST)
    def save(self, generation: RelatedGeneration, target: SetTarget, is_plain: bool = False) -> SetExport:
        """Write the tables, their manifest and their report: all files, or none."""
        from pipeline.exporters.formats import write_together

        export = self.export(generation, target, is_plain)
        files = name_set_files(export, target)
        for folder in {path.parent for path in files}:
            folder.mkdir(parents=True, exist_ok=True)
        write_together(files)
        return export

    @needs(AccountRole.ANALYST)
    def require_loadable(self, dataset: str, target: DatabaseTarget) -> None:
        """Raise DataError where tables of a dataset could not be loaded there, before any is made."""
        from pipeline.exporters.sql.rehearsal import rehearse_load

        found = self.context.stores.related.get(dataset)
        cells = found.load_all()
        schema, sample = declare_texts(found, cells), type_frames(found, cells)
        rehearse_load(target.url, schema, sample, target.schema, target.is_appended, target.password)

    @needs(AccountRole.ANALYST)
    def plan_load(self, generation: RelatedGeneration, target: DatabaseTarget) -> DatabaseLoad:
        """What loading would do: the statements and the rows of each table; writes nothing."""
        from pipeline.exporters.sql.load import plan_load

        planned = plan_load(
            target.url,
            declare_texts(generation.dataset, generation.tables),
            type_tables(generation),
            target.schema,
            target.is_appended,
            target.password,
        )
        return DatabaseLoad(planned.counts, planned.findings, planned.statements)

    @needs(AccountRole.ANALYST)
    def load_into(
        self,
        generation: RelatedGeneration,
        target: DatabaseTarget,
        on_progress: OnProgress | None = None,
    ) -> DatabaseLoad:
        """Load the tables into a database in one transaction: all of them, or nothing."""
        from pipeline.datasets.databases.address import describe_address, parse_address
        from pipeline.exporters.sql.load import load

        (entered, _), tables = self._enter(generation), type_tables(generation)
        schema = declare_texts(generation.dataset, generation.tables)
        place, append = target.schema, target.is_appended
        done = load(target.url, schema, tables, place, append, target.password, on_progress)
        self._record_left(entered, "database", "")
        where = describe_address(parse_address(target.url))
        return DatabaseLoad(done.counts, done.findings, database=where)

    def _require_reproducible(self, run: Run, model_id: str) -> None:
        stores = self.context.stores
        again = "repeat the run to generate new tables."
        store = stores.related_models.store
        if not store.has(model_id):
            raise NotFoundError(f'The model "{model_id}" of run {run.id} was deleted.', again)
        dataset = stores.related.get(run.dataset)
        if store.get_info(model_id).dataset_fingerprint != dataset.fingerprint:
            raise NotFoundError(f'The dataset "{run.dataset}" has changed since run {run.id}.', again)

    def _read_evidence(self, run_id: str) -> RelatedEvidence | None:
        from pipeline.evaluation.stored import read_evidence
        from pipeline.generation.related.results import RelatedEvidence

        text = self.context.stores.runs.find_evidence(run_id)
        return read_evidence(text, RelatedEvidence) if text else None

    @needs(AccountRole.ANALYST)
    def obtain(
        self, dataset: RelatedDataset, recipe: RelatedRecipe, on_progress: OnProgress | None
    ) -> tuple[RelatedModel, bool]:
        """The fitted model of a recipe, and whether it was there already; a training is recorded."""
        prepare_state(self.context.settings.state_folder)
        require_fitting(dataset)
        model, reused = self.context.stores.related_models.obtain_model(dataset, recipe, on_progress)
        if not reused:
            self.context.record(
                AuditEvent.MODEL_TRAINED,
                model.info.id,
                dataset=dataset.schema.name,
                synthesizer=recipe.synthesizer,
                epochs=model.info.epochs_trained,
                seed=recipe.seed,
            )
        return model, reused

    def _enter(self, generation: RelatedGeneration) -> tuple[RelatedGeneration, tuple[Approval, ...]]:
        """Note tables before they leave, and compare them; ExportError where they must not.

        The questions whether they may leave, with the answers, come with them.
        Tables that cannot be written in the end stay noted, which errs on the safe side.
        """
        generation.evidence.require_exportable()
        approvals = self._require_release(generation)
        stores = self.context.stores
        reference = stores.related_models.obtain_reference(generation.dataset)
        return enter_tables(stores.exports, reference, generation, self.context.actor.name), approvals

    def _require_release(self, generation: RelatedGeneration) -> tuple[Approval, ...]:
        """The questions about tables that leave; ApprovalRequired where they must be released first."""
        digest = partial(compute_digest, generation.tables)
        return self.context.stores.approvals.require_release(
            generation.model.dataset, digest, self.context.actor.name
        )

    def _record_left(self, generation: RelatedGeneration, fmt: str, sha256: str) -> None:
        self.context.record(
            AuditEvent.DOWNLOADED,
            generation.model.dataset,
            rows=sum(generation.rows.values()),
            seed=generation.request.seed,
            as_of=generation.as_of.isoformat(),
            model=generation.model.id,
            format=fmt,
            sha256=sha256,
            findings=len(generation.evidence.check().warnings),
        )

    def _ask(self, order: RelatedOrder) -> RelatedRequest:
        as_of = order.as_of or self.context.clock()
        check_scale(order.scale, as_of)
        identity = order.identity or self.context.settings.identity
        return RelatedRequest(order.seed, as_of, identity, order.scale)
