"""The Generate page and its runs: followed, found again, cancelled, resumed, and nobody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from pages._server import session_gate as _gate
from pipeline.access.accounts import AccountRole
from pipeline.errors import NotFoundError
from pipeline.runs.states import RunStatus
from pipeline.settings import RunLimits
from pipeline.store.database import utc_now
from pipeline.store.tables import SESSIONS
from tests.pages.conftest import PASSWORD, log_in, read_text
from tests.pages.fake_runs import FakeRuns
from tests.pages.generate_form import open_form, press_generate, read_metrics


def read_progress(page) -> str:
    """What stands under the one progress bar."""
    return page.get("progress")[0].proto.text


@pytest.fixture
def held(workbench):
    """Runs wait until the test says otherwise."""
    workbench.is_held = True
    return workbench


def test_a_run_says_where_it_stands_until_its_table_is_there(enter, held):
    page = press_generate(enter("generate.py"))
    assert "**staff, 1,000 rows, seed 0**" in read_text(page)
    assert read_progress(page) == "Waiting, place 1 in the queue of short work …"
    held.runs.begin()
    page.run()
    assert read_progress(page) == "Starting … 0 s elapsed"
    held.runs.work()
    page.run()
    assert read_metrics(page)["Rows"] == "1,000"


def test_a_reload_finds_the_run_and_its_result(enter, open_tab, held):
    press_generate(enter("generate.py"))
    run = held.runs.list()[0]
    reloaded = open_tab("generate.py")
    assert [button.label for button in reloaded.button if button.key == f"cancel_{run.id}"] == ["Cancel"]
    held.runs.work()
    assert read_metrics(open_tab("generate.py"))["Rows"] == "1,000"


def test_a_run_outlives_the_login_and_can_be_cancelled_after_the_next(enter, open_tab, held):
    page = press_generate(enter("generate.py"))
    page.button(key="log_out").click().run()
    again = open_tab("generate.py")
    run = held.runs.list()[0]
    again.button(key=f"cancel_{run.id}").click().run()
    assert held.runs.get(run.id).status is RunStatus.CANCELLED
    assert "The run was cancelled" in again.info[0].value


def test_a_cancelled_run_can_be_resumed(enter, held):
    page = press_generate(enter("generate.py"))
    run = held.runs.list()[0]
    page.button(key=f"cancel_{run.id}").click().run()
    page.button(key=f"resume_{run.id}").click().run()
    assert held.runs.get(run.id).status is RunStatus.QUEUED
    held.runs.work()
    assert read_metrics(page.run())["Rows"] == "1,000"


def test_a_run_that_is_asked_to_end_says_so(enter, held):
    page = press_generate(enter("generate.py"))
    run = held.runs.begin()[0]
    page.run().button(key=f"cancel_{run.id}").click().run()
    assert read_progress(page) == "Cancelling at the next step …"
    assert page.button(key=f"cancel_{run.id}").disabled


def test_nobody_sees_the_run_of_somebody_else(enter, open_tab):
    press_generate(enter("generate.py"))
    assert "Press Generate" in read_text(open_tab("generate.py", AccountRole.ADMIN))


def test_the_same_order_while_it_is_under_way_is_queued_once(enter, open_tab, held):
    page, second = enter("generate.py"), open_tab("generate.py")
    press_generate(page)
    press_generate(second)
    assert len(held.runs.list()) == 1
    open_form(second).number_input(key="seed").set_value(7)
    press_generate(second)
    assert [run.order.seed for run in held.runs.list()] == [7, 0]
    assert "**staff, 1,000 rows, seed 7**" in read_text(second)


def test_a_full_queue_refuses_the_order_and_leaves_the_page_as_it_is(enter, held):
    held.settings = held.settings.model_copy(update={"runs": RunLimits(waiting=1)})
    page = press_generate(enter("generate.py"))
    open_form(page).number_input(key="seed").set_value(7)
    press_generate(page)
    assert "1 runs are waiting" in page.error[0].value
    assert "**staff, 1,000 rows, seed 0**" in read_text(page)


def test_a_link_opens_that_run_and_not_the_newest(enter, workbench):
    page = press_generate(enter("generate.py"))
    first = workbench.runs.list()[0]
    open_form(page).number_input(key="rows").set_value(2_000)
    press_generate(page)
    page.switch_page("home.py").run()
    page.query_params["run"] = first.id
    page.switch_page("generate.py").run()
    assert read_metrics(page)["Rows"] == "1,000"


@pytest.mark.parametrize("role", [AccountRole.VIEWER, AccountRole.ANALYST])
def test_a_link_to_no_run_of_ones_own_is_warned_of(enter, role):
    page = enter("home.py", role)
    page.query_params["run"] = "0123456789abcdef"
    page.switch_page("generate.py").run()
    assert 'There is no run "0123456789abcdef"' in page.warning[0].value
    assert not page.exception


def test_a_viewer_opens_the_table_of_a_run_of_theirs_and_orders_nothing(enter, workbench, users):
    page = press_generate(enter("generate.py"))
    run = workbench.runs.list()[0]
    users.set_role("analyst-user", AccountRole.VIEWER)
    page = log_in(page.run(), "analyst-user", PASSWORD)
    page.query_params["run"] = run.id
    page.switch_page("generate.py").run()
    assert read_metrics(page)["Rows"] == "1,000"
    assert page.get("download_button")
    assert "generate" not in [button.key for button in page.button]


def test_a_table_whose_model_is_gone_can_be_made_again(enter, workbench, monkeypatch):
    page = enter("generate.py")

    def lose(*_):
        raise NotFoundError("The model was deleted.", "repeat the run.")

    with monkeypatch.context() as lost:
        lost.setattr(FakeRuns, "open", lose)
        press_generate(page)
        assert "The model was deleted." in page.error[0].value
        page.button(key=f"repeat_{workbench.runs.list()[0].id}").click().run()
    assert len(workbench.runs.list()) == 2
    assert read_metrics(page.run())["Rows"] == "1,000"


def test_a_run_that_goes_on_does_not_keep_the_session_alive(enter, services, held):
    press_generate(enter("generate.py"))
    held.runs.begin()
    session = services.sessions.list("analyst-user")[0]
    age(services, session.id)
    before = services.sessions.get(session.id).last_seen
    _gate.watch.__wrapped__(session.id)
    assert services.sessions.get(session.id).last_seen == before


def age(services, session_id: int) -> None:
    """Let ten minutes pass without anything done in a session."""
    with services.sessions._database.begin() as connection:
        earlier = utc_now() - timedelta(minutes=10)
        connection.execute(update(SESSIONS).where(SESSIONS.c.id == session_id).values(last_seen=earlier))
