"""The Runs page: everything that ran, with filters, progress and what can be done about it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from pages._runs import bulk_files as _bulk_files
from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent, AuditFilter
from pipeline.errors import ExportError, NotFoundError, TrainingError
from pipeline.generation.orders import BulkOrder, GenerateOrder, RelatedBulkOrder
from pipeline.models.related.recipe import RelatedRecipe
from pipeline.runs.orders import TrainOrder
from pipeline.runs.records import RunError
from pipeline.runs.states import RunKind, RunStatus
from pipeline.synthesizers.recipe import Recipe
from tests.pages.conftest import read_text
from tests.pages.fake_runs import ON_SCALE, FakeRuns

TABLE = GenerateOrder("staff", 1_000, Recipe(epochs=5), seed=3)
TRAINING = TrainOrder("cards", Recipe("autoregressive", epochs=9, use_hma=False))


@pytest.fixture
def runs_page(enter, workbench):
    """The page with a table and a training that are done."""
    page = enter("runs.py")
    workbench.runs.submit(TABLE)
    workbench.runs.submit(TRAINING)
    return page.run()


def find_table(page):
    """The table of runs."""
    (table,) = (one for one in page.dataframe if "runs_table" in one.proto.id)
    return table


def select(page, workbench, *runs):
    """Select runs in the table, which shows all of them, or none."""
    ids = [run.id for run in workbench.runs.list()]
    key = find_table(page).proto.id.rpartition("-")[2]
    page.session_state[key] = {"selection": {"rows": [ids.index(run.id) for run in runs]}}
    return page.run()


def list_titles(page) -> list[str]:
    """The first line of each card."""
    return [one.value for one in page.markdown if " · " in one.value]


@pytest.mark.parametrize(("role", "links"), [(AccountRole.ANALYST, 2), (AccountRole.VIEWER, 0)])
def test_nothing_has_run_yet_says_where_to_begin(enter, role, links):
    page = enter("runs.py", role)
    assert "Nothing has run yet." in read_text(page)
    assert len(page.get("page_link")) == links


def test_one_epoch_is_named_in_the_singular(enter, workbench):
    page = enter("runs.py")
    run = workbench.runs.submit(TrainOrder("cards", Recipe("autoregressive", epochs=1, use_hma=False)))
    select(page.run(), workbench, run)
    assert "**Training: cards, autoregressive, 1 epoch** · done" in list_titles(page)[0]
    assert "autoregressive for 1 epoch, no HMA" in read_text(page)


def test_the_table_has_a_row_for_each_run_the_newest_first(runs_page):
    training, table = find_table(runs_page).value.to_dict("records")
    assert (training["name"], training["kind"], training["status"], training["dataset"]) == (
        "cards, autoregressive, 9 epochs", "Training", "done", "cards",
    )  # fmt: skip
    assert (training["synthesizer"], training["epochs"], training["quality"], training["seconds"]) == (
        "autoregressive", 9, 0.93, 7.0,
    )  # fmt: skip
    assert (table["name"], table["synthesizer"], table["owner"]) == (
        "staff, 1,000 rows, seed 3", "ctgan after HMA", "analyst-user",
    )  # fmt: skip
    assert list_titles(runs_page) == []


def test_a_selected_run_says_what_it_made_and_with_which_settings(runs_page, workbench):
    training, table = workbench.runs.list()
    select(runs_page, workbench, table)
    assert "**Table: staff, 1,000 rows, seed 3** · done" in list_titles(runs_page)[0]
    select(runs_page, workbench, training)
    assert "**Training: cards, autoregressive, 9 epochs** · done" in list_titles(runs_page)[0]
    shown = read_text(runs_page)
    assert (
        "Settings\\: autoregressive for 9 epochs, no HMA, not refined, 500 rows a step, training seed 0, "
        "keeps the best" in shown
    )
    assert f"7.0 s of work, quality {ON_SCALE}, model m1." in shown


def test_a_selection_stays_with_its_runs_when_others_come(runs_page, workbench):
    table = workbench.runs.list()[1]
    select(runs_page, workbench, table)
    workbench.runs.submit(TRAINING)
    runs_page.run()
    assert "**Table: staff, 1,000 rows, seed 3** · done" in list_titles(runs_page)[0]


def test_several_selected_runs_stand_side_by_side_with_their_differences(runs_page, workbench):
    other = workbench.runs.submit(replace(TABLE, seed=4))
    table = workbench.runs.list()[2]
    select(runs_page.run(), workbench, other, table)
    (compared,) = (one.value for one in runs_page.dataframe if "runs_table" not in one.proto.id)
    rows = {row["name"]: list(row.values()) for row in compared.to_dict("records")}
    assert rows["Seed of the rows"] == ["≠", "Seed of the rows", "4", "3"]
    assert rows["Rows"] == ["", "Rows", "1,000", "1,000"]
    (link,) = runs_page.get("page_link")
    assert (link.proto.label, link.proto.page) == ("Compare their tables", "quality")
    assert link.proto.query_string == f"dataset=staff&table=run%3A{other.id}&beside=run%3A{table.id}"


def test_the_curves_of_selected_trainings_are_drawn_on_train(runs_page, workbench):
    first = workbench.runs.list()[0]
    second = workbench.runs.submit(TrainOrder("cards", Recipe("autoregressive", epochs=5, use_hma=False)))
    select(runs_page.run(), workbench, second, first)
    link = next(one.proto for one in runs_page.get("page_link") if one.proto.page == "train")
    assert link.query_string == f"dataset=cards&compare={second.id}%2C{first.id}"
    runs_page.query_params["dataset"] = "cards"
    runs_page.query_params["compare"] = f"{second.id},{first.id}"
    runs_page.switch_page("train.py").run()
    assert runs_page.multiselect(key="compared_cards").value == [second.id, first.id]


def test_several_runs_are_deleted_after_a_confirmation(runs_page, workbench):
    workbench.is_held = True
    waiting = workbench.runs.submit(TABLE)
    _, training, table = workbench.runs.list()
    select(runs_page.run(), workbench, waiting, training, table)
    assert "Delete these 2 runs permanently?" in read_text(runs_page)
    runs_page.button(key="delete_runs").click().run()
    assert [run.id for run in workbench.runs.list()] == [waiting.id]


def test_a_run_is_named_in_its_card_and_found_by_its_tag(runs_page, workbench):
    training = workbench.runs.list()[0]
    select(runs_page, workbench, training)
    runs_page.text_input(key=f"title_of_{training.id}").input("For *the* audit")
    runs_page.button(key=f"save_name_{training.id}").click().run()
    assert "**Training: For \\*the\\* audit (cards, autoregressive, 9 epochs)**" in list_titles(runs_page)[0]
    assert find_table(runs_page).value.iloc[0]["name"] == "For *the* audit"
    workbench.labels.label(training.id, tags=["best"])
    runs_page.run().selectbox(key="runs_tag").set_value("best").run()
    assert len(find_table(runs_page).value) == 1


def test_a_title_that_cannot_be_used_is_refused_in_the_form(runs_page, workbench):
    training = workbench.runs.list()[0]
    select(runs_page, workbench, training)
    runs_page.text_input(key=f"title_of_{training.id}").input("bell \x07")
    runs_page.button(key=f"save_name_{training.id}").click().run()
    assert "cannot be printed" in runs_page.error[0].value
    assert workbench.runs.get(training.id).title is None


@pytest.mark.parametrize(("words", "rows"), [("autoregressive CARDS", 1), ("seed 3", 1), ("nothing", 0)])
def test_words_of_the_name_narrow_the_list(runs_page, words, rows):
    runs_page.text_input(key="runs_text").input(words).run()
    assert sum(len(one.value) for one in runs_page.dataframe) == rows


def test_a_link_opens_its_run(runs_page, workbench):
    table = workbench.runs.list()[1]
    runs_page.query_params["run"] = table.id
    runs_page.run()
    assert "**Table: staff, 1,000 rows, seed 3** · done" in list_titles(runs_page)[0]


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [("kind", RunKind.TRAIN, "Training"), ("dataset", "staff", "Table"), ("status", RunStatus.FAILED, None)],
)
def test_filters_narrow_the_list(runs_page, key, value, said):
    runs_page.selectbox(key=f"runs_{key}").set_value(value).run()
    if said is None:
        assert "No run matches. Change the filters." in read_text(runs_page)
    else:
        assert list(find_table(runs_page).value["kind"]) == [said]


def test_what_goes_on_shows_its_progress_and_can_be_cancelled(enter, workbench):
    page = enter("runs.py")
    workbench.is_held = True
    run = workbench.runs.submit(TRAINING)
    page.run()
    assert "place 1 in the queue" in page.get("progress")[0].proto.text
    page.button(key=f"cancel_{run.id}").click().run()
    assert workbench.runs.get(run.id).status is RunStatus.CANCELLED
    assert "The run was cancelled." in page.info[0].value


def test_a_cancelled_run_whose_worker_was_lost_says_how_to_go_on(enter, workbench, monkeypatch):
    page = enter("runs.py")
    workbench.is_held = True
    run = workbench.runs.cancel(workbench.runs.submit(TRAINING).id)
    lost = replace(run, error=RunError("Its worker was gone.", "resume the run.", "job"))
    monkeypatch.setattr(FakeRuns, "list", lambda *_, **__: (lost,))
    monkeypatch.setattr(FakeRuns, "get", lambda *_: lost)
    page.run()
    assert page.info[0].value == "The run was cancelled. Its worker was gone.  \nResume the run."


def test_a_failed_run_shows_error_and_hint_and_can_be_resumed(enter, workbench):
    page = enter("runs.py")
    workbench.failure = TrainingError("The table *staff* is empty.", "add rows.")
    run = workbench.runs.submit(TABLE)
    select(page.run(), workbench, run)
    assert page.error[0].value == "The table \\*staff\\* is empty.  \nAdd rows."
    workbench.failure = None
    page.button(key=f"resume_{run.id}").click().run()
    workbench.runs.work()
    assert workbench.runs.get(run.id).status is RunStatus.DONE


def test_run_again_orders_the_same_once_more(runs_page, workbench):
    table = workbench.runs.list(kind=RunKind.GENERATE)[0]
    select(runs_page, workbench, table)
    runs_page.button(key=f"repeat_{table.id}").click().run()
    again = workbench.runs.list(kind=RunKind.GENERATE)[0]
    assert again.id != table.id
    assert again.order == table.order


def test_delete_forgets_that_run_only(runs_page, workbench):
    training, table = workbench.runs.list()
    select(runs_page, workbench, table)
    runs_page.button(key=f"delete_run_{table.id}").click().run()
    assert [run.id for run in workbench.runs.list()] == [training.id]
    assert list_titles(runs_page) == []


@pytest.mark.parametrize(
    ("place", "page", "label"), [(0, "train", "Open"), (1, "generate", "Open and download")]
)
def test_links_lead_to_the_page_that_shows_the_run(runs_page, workbench, place, page, label):
    run = workbench.runs.list()[place]
    select(runs_page, workbench, run)
    links = [
        (link.proto.page, link.proto.label, link.proto.query_string) for link in runs_page.get("page_link")
    ]
    assert links == [
        (page, label, f"run={run.id}"),
        ("quality", "Evidence", f"dataset={run.dataset}&table=run%3A{run.id}"),
        (page, "Change", f"change={run.id}"),
    ]


def test_what_a_stopped_training_has_kept_has_its_evidence(enter, workbench):
    page = enter("runs.py")
    workbench.is_held = True
    run = workbench.runs.submit(TrainOrder("staff", Recipe()))
    waiting = workbench.runs.submit(TrainOrder("staff", Recipe()))
    workbench.runs.cancel(waiting.id)
    workbench.runs.begin()
    workbench.runs.cancel(run.id)
    workbench.runs.work()
    links = select(page.run(), workbench, run).get("page_link")
    evidence = [link.proto.query_string for link in links if link.proto.label == "Evidence"]
    assert evidence == [f"dataset=staff&table=run%3A{run.id}"]


def test_only_administrators_see_runs_of_others_and_whose_they_are(runs_page, open_tab, workbench):
    table = workbench.runs.list()[0]
    assert "analyst-user" not in "".join(list_titles(select(runs_page, workbench, table)))
    admin = open_tab("runs.py", AccountRole.ADMIN)
    assert list(find_table(admin).value["owner"]) == ["analyst-user"] * 2
    assert "analyst-user" in list_titles(select(admin, workbench, table))[0]
    admin.text_input(key="runs_owner").input("admin-user").run()
    assert "No run matches" in read_text(admin)
    assert "Nothing has run yet." in read_text(open_tab("runs.py", AccountRole.VIEWER))


def test_the_folder_of_a_bulk_run_is_shown(enter, workbench):
    page = enter("runs.py")
    order = BulkOrder("staff", 2_000_000, out="exports/staff", recipe=Recipe(), format="csv")
    run = workbench.runs.submit(order)
    select(page.run(), workbench, run)
    assert page.code[0].value == "exports/staff"
    assert "**Bulk table: staff, 2,000,000 rows, seed 0**" in read_text(page)


def test_a_bulk_run_that_goes_on_shows_its_rows_and_their_pace(enter, workbench):
    page = enter("runs.py")
    workbench.is_held = True
    workbench.runs.submit(BulkOrder("staff", 2_000_000, out="exports/staff", recipe=Recipe()))
    (run,) = workbench.runs.begin()
    made = {"rows": 500_000, "rows_per_second": 25_000.0}
    workbench.runs._claims.beat(run.id, run.attempt, stage="sample", share=0.5, remaining_s=60.0, result=made)
    page.run()
    shown = [bar.proto.text for bar in page.get("progress")]
    assert len(shown) == 1
    assert shown[0].startswith("500,000 of 2,000,000 rows, 25,000 rows/s, about 60 s remaining;")


def test_several_large_tables_are_counted_before_their_rows_are_shown(enter, workbench):
    page = enter("runs.py")
    workbench.is_held = True
    workbench.runs.submit(RelatedBulkOrder("shop", scale=500.0, recipe=RelatedRecipe()))
    (run,) = workbench.runs.begin()
    for rows, said in ((0, "Counting the rows of all parts …"), (500_000, "500,000 rows, 25,000 rows/s;")):
        made = {"rows": rows, "rows_per_second": 25_000.0}
        workbench.runs._claims.beat(run.id, run.attempt, stage="sample", share=0.5, result=made)
        page.run()
        (bar,) = page.get("progress")
        assert bar.proto.text.startswith(said)
    assert "**Several bulk tables: shop, scale 500, seed 0**" in read_text(page)


def test_many_runs_are_counted(enter, workbench):
    page = enter("runs.py")
    for seed in range(11):
        workbench.runs.submit(GenerateOrder("staff", 1_000, Recipe(), seed=seed))
    page.run()
    assert "11 runs, the newest first; 0 waiting or running." in read_text(page)
    assert len(find_table(page).value) == 11


@pytest.fixture
def bulk_folder(tmp_path):
    """The folder of a large table of two parts, with one warning."""
    digests = {
        name: hashlib.sha256(name.encode()).hexdigest() for name in ("part-00000.csv", "part-00001.csv")
    }
    parts = [
        {"file": name, "first_row": 0, "rows": 5, "size_bytes": len(name), "sha256": digest}
        for name, digest in digests.items()
    ]
    for name in (*digests, "report.html"):
        (tmp_path / name).write_text(name)
    described = {
        "parts": parts,
        "report": {
            "file": "report.html",
            "size_bytes": 11,
            "sha256": hashlib.sha256(b"report.html").hexdigest(),
        },
        "warnings": {"findings": ["Few rows *differ*."], "accepted_by": "ada"},
    }
    (tmp_path / "manifest.json").write_text(json.dumps(described))
    return tmp_path


def submit_bulk(workbench, folder):
    """A bulk run whose files lie in a folder."""
    order = BulkOrder("staff", 10, out=str(folder), recipe=Recipe(), format="csv")
    return workbench.runs.submit(order)


def test_files_of_a_bulk_run_are_downloaded_one_by_one_and_recorded(
    enter, workbench, services, bulk_folder, monkeypatch
):
    page = enter("runs.py")
    run = submit_bulk(workbench, bulk_folder)
    select(page.run(), workbench, run)
    assert "Few rows \\*differ\\*." in [warning.value for warning in page.warning]
    assert not page.get("download_button")
    files = []
    monkeypatch.setattr(
        _bulk_files.st, "download_button", lambda label, data, name, *_, **__: files.append((data, name))
    )
    page.checkbox(key=f"answered_{run.id}").check().run()
    assert page.selectbox(key=f"file_{run.id}").options == [
        *(
            f"{name} ({rows}{(bulk_folder / name).stat().st_size / 1e3:,.1f} KB)"
            for name, rows in (
                ("manifest.json", ""),
                ("report.html", ""),
                ("part-00000.csv", "5 rows, "),
                ("part-00001.csv", "5 rows, "),
            )
        ),
    ]
    page.selectbox(key=f"file_{run.id}").select_index(3).run()
    read, name = files[-1]
    assert (read(), name) == (b"part-00001.csv", f"staff-{run.id[:6]}-part-00001.csv")
    entry = services.audit.list(AuditFilter())[0]
    assert (entry.event, entry.subject) == (AuditEvent.DOWNLOADED, "staff")
    assert (entry.details["findings"], entry.actor) == (1, workbench.actor.name)


def test_the_report_of_a_bulk_run_leaves_with_the_checksum_of_its_manifest(enter, workbench, bulk_folder):
    enter("runs.py")
    run = submit_bulk(workbench, bulk_folder)
    assert workbench.bulk.read_file(run.id, "report.html") == b"report.html"
    (bulk_folder / "report.html").write_text("edited")
    with pytest.raises(ExportError, match=r"report\.html was deleted or changed"):
        workbench.bulk.read_file(run.id, "report.html")


def test_a_manifest_of_before_warns_without_a_name(enter, workbench, bulk_folder):
    enter("runs.py")
    run = submit_bulk(workbench, bulk_folder)
    described = json.loads((bulk_folder / "manifest.json").read_text())
    described["warnings"] = described["warnings"]["findings"]
    del described["report"]["size_bytes"]
    (bulk_folder / "manifest.json").write_text(json.dumps(described))
    contents = workbench.bulk.list_files(run.id)
    assert contents.warnings == ("Few rows *differ*.",)
    assert contents.files[1].size_bytes == len("report.html")


def test_a_file_that_has_changed_since_it_was_made_does_not_leave(enter, workbench, bulk_folder):
    enter("runs.py")
    run = submit_bulk(workbench, bulk_folder)
    (bulk_folder / "part-00000.csv").write_text("edited")
    with pytest.raises(ExportError, match=r"part-00000\.csv was deleted or changed"):
        workbench.bulk.read_file(run.id, "part-00000.csv")
    with pytest.raises(NotFoundError, match=r"no file \.\./secret"):
        workbench.bulk.read_file(run.id, "../secret")


def test_a_bulk_run_whose_folder_is_gone_says_so(enter, workbench, tmp_path):
    page = enter("runs.py")
    run = submit_bulk(workbench, tmp_path / "gone")
    select(page.run(), workbench, run)
    assert f"The files of run {run.id} no longer exist" in read_text(page)
