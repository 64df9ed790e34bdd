"""`runs`: list, show, label, cancel, share, approve; `approval`; and `worker`, which does them."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.options import NoTags, Tags, Title, settle_tags
from pipeline.cli.output import (
    QUALITY_HEADINGS,
    Json,
    print_json,
    print_labels,
    print_pairs,
    print_table,
    tell_figure,
)
from pipeline.errors import DataError
from pipeline.evaluation.score_text import format_percent

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.runs.records import Run, RunEpoch
    from pipeline.runs.states import RunStatus

app = typer.Typer(
    help="List, show, name, cancel and share runs, and have their tables released.",
    invoke_without_command=True,
)
_HEADINGS = (
    "ID",
    "KIND",
    "DATASET",
    "OWNER",
    "STATUS",
    "DONE",
    *QUALITY_HEADINGS,
    "SECONDS",
    "CREATED",
    "TITLE",
    "TAGS",
)
RunId = Annotated[str, typer.Argument(help="Id of a run; `runs` lists them.")]
With = Annotated[list[str] | None, typer.Option("--with", help="User name of an account; can be repeated.")]
Comment = Annotated[str, typer.Option("--comment", help="Why, in a sentence; stays with the evidence.")]
Role = Annotated[
    str | None, typer.Option("--role", help="viewer, analyst or admin: everybody with that role or above.")
]


def register(root: typer.Typer) -> None:
    """Put the commands of this module on the command line."""
    root.add_typer(app, name="runs")
    root.command("approval")(approval)
    root.command("worker")(worker)


@app.callback()
def list_runs(
    context: typer.Context,
    status: Annotated[
        str | None, typer.Option("--status", help="queued, running, done, failed or cancelled.")
    ] = None,
    dataset: Annotated[str | None, typer.Option("--dataset", help="Only runs of this dataset.")] = None,
    tag: Annotated[str | None, typer.Option("--tag", help="Only runs with this tag.")] = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, help="Most runs to list, newest first (200).")
    ] = 200,
    as_json: Json = False,
) -> None:
    """List what runs, waits and has run, the newest first."""
    if context.invoked_subcommand is not None:
        return
    from pipeline.workbench.workbench import Workbench

    wanted = _parse_status(status) if status else None
    runs = Workbench().runs.list(status=wanted, dataset=dataset, limit=limit, tag=tag)
    if as_json:
        print_json({"runs": [_describe(run) for run in runs]})
        return
    print_table(_HEADINGS, [_lay_out(run) for run in runs])


@app.command("show")
def show(run_id: RunId, as_json: Json = False) -> None:
    """Show how far a run is, what came of it, and its epochs."""
    from pipeline.cli import approvals, sharing
    from pipeline.workbench.workbench import Workbench

    workbench = Workbench()
    run, epochs = workbench.runs.get(run_id), workbench.runs.list_epochs(run_id)
    shares, approval = workbench.sharing.list(run_id), workbench.approvals.get(run_id)
    if as_json:
        history, shared = [asdict(epoch) for epoch in epochs], sharing.describe_shares(shares)
        asked = approvals.describe(approval)
        print_json({**_describe(run), "history": history, "shared_with": shared, "approval": asked})
        return
    print_pairs({name: value for name, value in _describe(run).items() if value is not None})
    if shares:
        print_pairs({"shared_with": "; ".join(str(one.grantee) for one in shares)})
    for one in approval.history:
        print_pairs({"approval": one})
    if epochs:
        print_table(("EPOCH", "SECONDS", "QUALITY", "LOSSES"), [_lay_out_epoch(one) for one in epochs])


@app.command("label")
def label(
    run_id: RunId, title: Title = None, tags: Tags = None, no_tags: NoTags = False, as_json: Json = False
) -> None:
    """Give a run a title and tags; the model of a training has the same."""
    from pipeline.workbench.workbench import Workbench

    print_labels(Workbench().labels.label(run_id, title, settle_tags(tags, no_tags)), as_json)


@app.command("cancel")
def cancel(run_id: RunId, as_json: Json = False) -> None:
    """Ask a run to end: one that waits at once, a training after its epoch with the best state so far."""
    from pipeline.workbench.workbench import Workbench

    run = Workbench().runs.cancel(run_id)
    values = {"run": run.id, "status": run.status.value, "is_cancel_requested": run.is_cancel_requested}
    (print_json if as_json else print_pairs)(values)


@app.command("share")
def share(run_id: RunId, accounts: With = None, role: Role = None, as_json: Json = False) -> None:
    """Let accounts, or everyone with a role or a higher one, look at a run."""
    from pipeline.cli import sharing

    sharing.share(run_id, accounts, role, as_json)


@app.command("withdraw")
def withdraw(run_id: RunId, accounts: With = None, role: Role = None, as_json: Json = False) -> None:
    """Take back what `runs share` gave."""
    from pipeline.cli import sharing

    sharing.withdraw(run_id, accounts, role, as_json)


@app.command("ask")
def ask(run_id: RunId, comment: Comment, as_json: Json = False) -> None:
    """Ask that the table of a finished run may leave, where its dataset requires approval."""
    from pipeline.cli import approvals

    approvals.ask(run_id, comment, as_json)


@app.command("release")
def release(run_id: RunId, comment: Comment, as_json: Json = False) -> None:
    """Let a table leave for which another person has asked."""
    from pipeline.cli import approvals

    approvals.release(run_id, comment, as_json)


@app.command("reject")
def reject(run_id: RunId, comment: Comment, as_json: Json = False) -> None:
    """Keep a table from leaving for which another person has asked."""
    from pipeline.cli import approvals

    approvals.reject(run_id, comment, as_json)


@app.command("waiting")
def waiting(as_json: Json = False) -> None:
    """List the tables that wait for a release."""
    from pipeline.cli import approvals

    approvals.list_waiting(as_json)


def approval(
    dataset: Annotated[str, typer.Argument(help="Name of a dataset; `datasets` lists them.")],
    is_required: Annotated[
        bool | None,
        typer.Option("--require/--lift", help="Have its tables wait for a release, or no longer."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say or change whether tables of a dataset leave only after another person has released them."""
    from pipeline.cli import approvals

    approvals.require(dataset, is_required, as_json)


def worker(
    long: Annotated[int, typer.Option("--long", min=0, help="Long runs at a time (1).")] = 1,
    short: Annotated[int, typer.Option("--short", min=0, help="Short runs at a time (1).")] = 1,
) -> None:
    """Join the cluster of `dask.scheduler` and do runs until stopped."""
    from pipeline.settings import load_settings
    from pipeline.workers.remote import serve

    serve(load_settings(), long, short)


def _parse_status(text: str) -> RunStatus:
    from pipeline.runs.states import RunStatus

    try:
        return RunStatus(text.lower())
    except ValueError as error:
        raise DataError(
            f'--status: there is no status "{text}".', f"choose one of {', '.join(RunStatus)}."
        ) from error


def _describe(run: Run) -> dict[str, Any]:
    from pipeline.runs.records import write_result

    values = {one.name: _write(getattr(run, one.name)) for one in fields(run) if one.name != "is_shared"}
    return {
        **values,
        **run.figure.as_quality(),
        "order": run.order.as_plain(),
        "result": write_result(run.result) if run.result else None,
        "error": asdict(run.error) if run.error else None,
    }


def _write(value: Any) -> Any:
    from datetime import datetime

    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value


def _lay_out(run: Run) -> tuple[object, ...]:
    created: datetime = run.created_at
    return (
        run.id,
        run.kind.value,
        run.dataset,
        run.owner,
        f"{run.status.value} ({run.position})" if run.position else run.status.value,
        f"{run.share:.0%}",
        *tell_figure(run.figure),
        "" if run.seconds is None else round(run.seconds, 1),
        _write(created),
        run.title or "",
        ", ".join(run.tags),
    )


def _lay_out_epoch(epoch: RunEpoch) -> tuple[object, ...]:
    losses = ", ".join(f"{name} {value:.3f}" for name, value in epoch.losses.items() if value is not None)
    quality = "" if epoch.quality is None else format_percent(epoch.quality)
    return epoch.epoch, round(epoch.seconds, 1), quality, losses
