"""The database: made privately, migrated once, and failing in the project's own words."""

from __future__ import annotations

import os
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from pipeline.access.accounts import Accounts
from pipeline.access.audit import AuditLog
from pipeline.access.sessions import Sessions
from pipeline.access.tokens import Tokens
from pipeline.errors import ConfigError, StoreError
from pipeline.evaluation.privacy.repeats import ExportRecord
from pipeline.generation.export_log import ExportLog
from pipeline.settings import DatabaseOptions, Settings
from pipeline.store.database import Database, open_database
from pipeline.store.tables import METADATA

_PROJECT = Path(__file__).parents[3]


def alembic(connection, step, revision):
    """Run a step of alembic inside a test's transaction."""
    config = Config()
    config.set_main_option("script_location", str(_PROJECT / "pipeline" / "store" / "migrations"))
    config.attributes["connection"] = connection
    step(config, revision)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request, tmp_path):
    """Settings of a database that has never been opened."""
    is_sqlite = request.param == "sqlite"
    url = "" if is_sqlite else request.getfixturevalue("postgres").create_empty()
    return Settings(home=tmp_path, database=DatabaseOptions(url=url))


def test_open_makes_a_private_database_in_the_state_folder(tmp_path):
    open_database(Settings(home=tmp_path / "state")).close()
    file = tmp_path / "state" / "workbench.db"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_migrations_make_the_declared_tables(database):
    with database.begin() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), METADATA)
        version = connection.scalar(text("select version_num from alembic_version"))
    assert differences == []
    versions = _PROJECT / "pipeline" / "store" / "migrations" / "versions"
    assert version == max(path.name[:4] for path in versions.glob("[0-9]*.py"))


def test_open_twice_keeps_what_is_stored(settings, database):
    with database.begin() as connection:
        connection.execute(text("create table kept (n integer)"))
        connection.execute(text("insert into kept values (7)"))
    second = open_database(settings)
    with second.begin() as connection:
        assert connection.scalar(text("select n from kept")) == 7
    second.close()


def test_an_older_database_is_brought_up_to_date(settings, database):
    columns = "name, password_hash, role, is_active, failed_attempts, created_at"
    with database.begin() as connection:
        alembic(connection, command.downgrade, "0001")
        connection.execute(
            text(f"insert into users ({columns}) values ('ada', 'x', 'viewer', true, 0, '2026-03-01')")
        )
    second = open_database(settings)
    with second.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        assert connection.scalar(text("select name from users")) == "ada"
    second.close()


def test_exports_that_were_noted_before_large_tables_were_stay_in_the_watch(settings, database):
    columns = "table_key, dataset_fingerprint, rows, training_rows, holdout_rows, training_bits, holdout_bits"
    with database.begin() as connection:
        alembic(connection, command.downgrade, "0006")
        connection.execute(
            text(
                f"insert into exports ({columns}, actor, at) "
                "values ('a', 'abc', 1000, 16, 8, '00ff', '80', 'ada', '2026-03-01')"
            )
        )
    second = open_database(settings)
    log, record = ExportLog(second), ExportRecord("abc", 1000, 16, 8, "00ff", "80")
    assert log.list("abc") == (record,)
    assert log.list_parts("a") == frozenset()
    assert log.list_before("b", record) == (record,)
    second.close()


def test_a_current_database_is_opened_without_a_migration(settings, database, monkeypatch):
    upgrades = []
    monkeypatch.setattr(command, "upgrade", lambda *target: upgrades.append(target))
    open_database(settings).close()
    assert upgrades == []


def test_migrations_can_be_undone(database):
    with database.begin() as connection:
        alembic(connection, command.downgrade, "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
        alembic(connection, command.upgrade, "head")
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_four_processes_open_a_new_database_together(empty):
    code = (
        "import sys; from pipeline.settings import Settings\n"
        "from pipeline.store.database import open_database\n"
        "sys.stdin.readline(); open_database(Settings(home=sys.argv[1])).close(); print('open')"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(empty.home)],
            cwd=_PROJECT,
            env={**os.environ, "WORKBENCH_DATABASE__URL": empty.database.url},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(4)
    ]
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    outputs = [process.communicate(timeout=300)[0] for process in started]
    assert outputs == ["open\n"] * 4


def test_a_command_that_ends_leaves_the_journal_to_the_running_server(tmp_path):
    code = (
        "import os, sys; from sqlalchemy import text; from pipeline.settings import Settings\n"
        "from pipeline.store.database import open_database\n"
        "first, second = (open_database(Settings(home=sys.argv[1])) for _ in range(2))\n"
        "def run(statement):\n"
        "    with first.begin() as connection: return connection.execute(text(statement))\n"
        "run('create table told (n integer)'); print('open', flush=True); sys.stdin.readline()\n"
        "run('insert into told values (2)')\n"
        "print(*run('select n from told order by n').scalars(), flush=True); sys.stdin.readline()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=_PROJECT,
        env={**os.environ, "WORKBENCH_DATABASE__URL": ""},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout.readline() == "open\n"
        journal = (tmp_path / "workbench.db-wal").stat().st_ino
        assert tell(tmp_path, "insert into told values (1) returning n") == [1]
        assert (tmp_path / "workbench.db-wal").stat().st_ino == journal
        server.stdin.write("\n")
        server.stdin.flush()
        assert server.stdout.readline() == "1 2\n"
        assert tell(tmp_path, "select n from told order by n") == [1, 2]
        server.communicate("\n", timeout=300)


def tell(home: Path, statement: str) -> list[int]:
    """Open the database as a command does, run a statement and close it."""
    database = open_database(Settings(home=home))
    with database.begin() as connection:
        found = list(connection.execute(text(statement)).scalars())
    database.close()
    return found


def test_a_look_waits_for_no_writer(database):
    with database.begin() as connection:
        connection.execute(text("create table told (n integer)"))
        connection.execute(text("insert into told values (1)"))
    with database.begin() as writer:
        writer.execute(text("insert into told values (2)"))
        with database.read() as reader:
            assert reader.scalar(text("select count(*) from told")) == 1


def test_looks_begin_no_write(tmp_path):
    settings = Settings(home=tmp_path)
    database = open_database(settings)
    accounts, sessions = Accounts(database), Sessions(database, settings.session)
    with database.begin():
        assert accounts.is_empty()
        assert accounts.list() == ()
        assert sessions.find("a" * 43) is None
        assert sessions.get(1) is None
        assert Tokens(database).find("sdw_" + "a" * 43) is None
        assert AuditLog(database, tmp_path).count() == 0
    database.close()


def test_an_error_rolls_the_transaction_back(database):
    with database.begin() as connection:
        connection.execute(text("create table numbers (n integer primary key)"))

    def insert_twice() -> None:
        with database.begin() as connection:
            for _ in range(2):
                connection.execute(text("insert into numbers values (1)"))

    with pytest.raises(StoreError, match=r"UNIQUE constraint|unique constraint"):
        insert_twice()
    with database.begin() as connection:
        assert connection.scalar(text("select count(*) from numbers")) == 0


def test_message_holds_no_parameter_of_the_statement(database):
    with pytest.raises(StoreError, match="nowhere") as caught, database.begin() as connection:
        connection.execute(text("insert into nowhere values (:secret)"), {"secret": "s3cr3t-value"})
    assert "s3cr3t-value" not in str(caught.value)


def test_a_file_that_is_no_database_is_named_so(tmp_path):
    (tmp_path / "workbench.db").write_bytes(b"this is certainly no database" * 100)
    with pytest.raises(StoreError, match="file is not a database") as caught:
        open_database(Settings(home=tmp_path))
    assert "backup" in caught.value.hint


def test_a_locked_database_says_what_to_do(tmp_path):
    file = tmp_path / "workbench.db"
    open_database(Settings(home=tmp_path)).close()
    engine = create_engine(f"sqlite:///{file}", connect_args={"timeout": 0})
    holder = engine.connect()
    holder.exec_driver_sql("BEGIN IMMEDIATE")
    impatient = create_engine(f"sqlite:///{file}", connect_args={"timeout": 0})
    with (
        pytest.raises(StoreError, match="database is locked") as caught,
        Database(impatient).begin() as other,
    ):
        other.exec_driver_sql("BEGIN IMMEDIATE")
    assert "close it" in caught.value.hint
    holder.close()
    engine.dispose()
    impatient.dispose()


def test_a_state_folder_that_is_a_file_cannot_be_used(tmp_path):
    (tmp_path / "state").write_text("")
    with pytest.raises(StoreError, match="cannot be made"):
        open_database(Settings(home=tmp_path / "state"))


@pytest.mark.parametrize("url", ["no address at all", "oracle9+nothing://host/name", "sqlite+missing:///x"])
def test_an_impossible_address_is_refused_without_being_repeated(url):
    with pytest.raises(StoreError, match=r"database\.url") as caught:
        open_database(Settings(database=DatabaseOptions(url=url)))
    assert url not in str(caught.value)


@pytest.mark.parametrize(
    "rest",
    [
        "a@s3cr3t@127.0.0.1/db",
        "a@b:s3cr3t@127.0.0.1/db",
        "a@b/s3cr3t@127.0.0.1/db",
        "a@b?x=s3cr3t@127.0.0.1/db",
    ],
)
def test_a_password_with_an_at_sign_is_refused_without_any_part_of_it(rest):
    url = f"postgresql+psycopg://bob:{rest}"
    with pytest.raises(StoreError, match=r'database\.url\) contains an unescaped "@"') as caught:
        open_database(Settings(database=DatabaseOptions(url=url)))
    assert ("s3cr3t" in str(caught.value), "%40" in caught.value.hint) == (False, True)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://bob:s3cr3t/db",
        "postgresql+psycopg://bob:x@h:s3cr3t/db",
        "sqlite:///?timeout=s3cr3t",
    ],
)
def test_a_port_or_an_option_that_is_no_number_is_refused_without_being_repeated(url):
    with pytest.raises(StoreError, match="a port that is not a number") as caught:
        open_database(Settings(database=DatabaseOptions(url=url)))
    assert "s3cr3t" not in "".join(traceback.format_exception(caught.value))


def test_at_signs_that_belong_there_are_taken(tmp_path):
    url = f"postgresql+psycopg://ada@bank:s3cr%40t@/b%40nk?host={tmp_path}"
    with pytest.raises(StoreError, match="The database failed"):
        open_database(Settings(database=DatabaseOptions(url=url)))
    file = tmp_path / "a@b" / "c@d.db"
    file.parent.mkdir()
    open_database(Settings(database=DatabaseOptions(url=f"sqlite:///{file}"))).close()
    assert file.exists()


def test_a_database_of_a_newer_release_is_left_alone(settings, database):
    with database.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '0099'"))
    with pytest.raises(StoreError, match="made by a newer release") as caught:
        open_database(settings)
    assert "use that release" in caught.value.hint
    with database.begin() as connection:
        assert connection.scalar(text("select version_num from alembic_version")) == "0099"


def test_a_missing_driver_says_how_it_is_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(
        ConfigError, match=r"database\.url names PostgreSQL, and psycopg is missing"
    ) as caught:
        open_database(Settings(database=DatabaseOptions(url="postgresql+psycopg://ada:s3cret@/bank")))
    assert "pip install" in caught.value.hint
    assert "s3cret" not in str(caught.value)


def test_an_unreachable_server_is_named_without_its_password(tmp_path):
    url = f"postgresql+psycopg://ada:s3cret@/bank?host={tmp_path}"
    with pytest.raises(StoreError, match="The database failed") as caught:
        open_database(Settings(database=DatabaseOptions(url=url)))
    assert "s3cret" not in str(caught.value)
    assert "up and reachable" in caught.value.hint
