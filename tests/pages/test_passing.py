"""Files between two app servers: what reaches one is found by the other, whose tab it belongs to."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from streamlit.runtime.media_file_storage import MediaFileKind, MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from pages._server import passing, uploads
from pages._server.services import COOKIE
from pages._server.tab import TAB_OWNERS
from pages._server.uploads import ASKING, UploadMiddleware

KEY = "theirs/a"


@pytest.fixture
def files(services, monkeypatch):
    """The files of a server that shares its cache, on which no tab is open."""
    # Redis itself is asked for nothing here.
    monkeypatch.setattr(type(services.cache), "is_shared", True)
    monkeypatch.setattr(uploads, "_is_open", lambda _tab_id: False)
    monkeypatch.setattr(passing, "_POLL_S", 0.01)
    return services.cache.files


@pytest.fixture
def send(services, users, files):
    """Send an upload, or its removal, for a tab of another server; the status of the answer."""
    session_id = services.sessions.start("analyst-user")
    TAB_OWNERS.note("theirs", session_id)
    ASKING.note("theirs", True)
    token = services.sessions.redeem(services.sessions.offer(session_id))

    async def refuse(scope, receive, send):
        raise AssertionError("Streamlit has no such tab here")

    async def ask(method, **options):
        transport = httpx.ASGITransport(UploadMiddleware(refuse))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            headers = {"Cookie": f"{COOKIE}={token}"}
            url = f"/_stcore/upload_file/{KEY}"
            answer = await client.request(method, url, headers=headers, **options)
        while passing._watches and not files.has(f"upload {KEY}"):
            await asyncio.sleep(0.01)
        return answer.status_code

    return lambda method, **options: asyncio.run(ask(method, **options))


def test_an_upload_is_found_by_the_server_that_has_the_tab(send, services, files):
    assert send("PUT", files={"file": ("people.csv", b"name\nAda\n", "text/csv")}) == 204
    assert services.uploads.measure("analyst-user") > 0
    manager = MemoryUploadedFileManager("/_stcore/upload_file")
    passing._fetch_uploads(manager, files)
    (found,) = manager.get_files("theirs", ["a"])
    assert (found.name, found.type, found.data) == ("people.csv", "text/csv", b"name\nAda\n")
    assert (files.has(f"upload {KEY}"), manager.get_files("theirs", ["a", "b"])) == (False, [found])


def test_an_upload_that_is_removed_on_its_way_is_gone(send, files):
    send("PUT", files={"file": ("people.csv", b"name\nAda\n", "text/csv")})
    assert send("DELETE") == 204
    assert not files.has(f"upload {KEY}")


def test_an_upload_that_is_removed_after_it_was_fetched_goes_with_the_next_run_of_its_page(
    send, services, files
):
    send("PUT", files={"file": ("people.csv", b"name\nAda\n", "text/csv")})
    manager = MemoryUploadedFileManager("/_stcore/upload_file")
    passing._fetch_uploads(manager, files)
    assert len(manager.get_files("theirs", ["a"])) == 1
    send("DELETE")
    for _ in range(2):
        passing.forget_removed(manager, "theirs", "analyst-user")
    assert (manager.get_files("theirs", ["a"]), services.uploads.measure("analyst-user")) == ([], 0)


def test_an_upload_without_a_file_is_refused_and_counts_no_more(send, services, files):
    assert send("PUT", data={"file": "text"}) == 400
    assert (services.uploads.measure("analyst-user"), files.has(f"upload {KEY}")) == (0, False)


def test_an_upload_that_cannot_be_kept_is_refused(send, services, files):
    (services.settings.state_folder / "passing").write_text("a file where the folder should be")
    assert send("PUT", files={"file": ("people.csv", b"name\nAda\n", "text/csv")}) == 503
    assert services.uploads.measure("analyst-user") == 0


def test_a_download_is_found_by_the_other_server_once_it_was_looked_for(files):
    here, there = (MemoryMediaFileStorage("/media") for _ in range(2))
    for storage in (here, there):
        passing._pass_downloads(storage, files)
    file_id = here.load_and_get_id(b"a;b\n", "text/csv", MediaFileKind.DOWNLOADABLE, "täble.csv")
    with pytest.raises(MediaFileStorageError, match="No media file"):
        there.get_file(f"{file_id}.csv")
    passing.fetch_download(f"{file_id}.csv")
    assert there.get_file(f"{file_id}.csv") == here.get_file(f"{file_id}.csv")


def test_a_download_that_was_made_nowhere_is_not_found(files):
    storage = MemoryMediaFileStorage("/media")
    passing._pass_downloads(storage, files)
    passing.fetch_download("feedbeef.csv")
    with pytest.raises(MediaFileStorageError, match="No media file"):
        storage.get_file("feedbeef.csv")


def test_a_download_is_made_where_the_folder_cannot_be_written_to(services, files, caplog):
    (services.settings.state_folder / "passing").write_text("a file where the folder should be")
    storage = MemoryMediaFileStorage("/media")
    passing._pass_downloads(storage, files)
    file_id = storage.load_and_get_id(b"a;b\n", "text/csv", MediaFileKind.DOWNLOADABLE, "t.csv")
    assert storage.get_file(f"{file_id}.csv").content == b"a;b\n"
    assert "not passed on" in caplog.text
