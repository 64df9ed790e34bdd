"""Files that reach another server than the one that has the tab: they are passed on in the state folder.

Streamlit 1.67 keeps uploads and downloads in the memory of the server that has the tab, and has no place for
another store: its two stores are told here where else to look.
"""

from __future__ import annotations

import asyncio
import logging
import posixpath
from collections.abc import Sequence
from typing import Any

from anyio import to_thread
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from streamlit.runtime import get_instance
from streamlit.runtime.media_file_storage import MediaFileKind, MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryFile
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from pages._server.services import open_services
from pipeline.errors import StoreError, WorkbenchError
from pipeline.workbench.entrance import PassedFile, PassedFiles, Recent

_LOG = logging.getLogger(__name__)
_POLL_S = 2.0
_MOST_POLLS = 1_800
_ARRIVED: Recent[str, MemoryFile] = Recent(4)
"""Files of other servers, between the check of the session and Streamlit's own answer."""
_watches: set[asyncio.Task[None]] = set()


def share_files(files: PassedFiles) -> None:
    """Have Streamlit's stores of this process give and take the files of other servers."""
    runtime: Any = get_instance()
    _fetch_uploads(runtime.uploaded_file_mgr, files)
    _pass_downloads(runtime.media_file_mgr._storage, files)


async def pass_upload(request: Request, account: str, key: str) -> Response:
    """Put an upload where the server that has its tab finds it; it counts until that has fetched it."""
    try:
        file = await _read_upload(request, account)
        await to_thread.run_sync(_get_files().put, _name_upload(key), file)
    except (HTTPException, WorkbenchError) as error:
        status = error.status_code if isinstance(error, HTTPException) else 503
        return PlainTextResponse("This file could not be taken.", status)
    finally:
        # Released at the first look where nothing was put, also for a browser that has gone.
        watch = asyncio.create_task(_release_when_fetched(account, key))
        _watches.add(watch)
        watch.add_done_callback(_watches.discard)
    return Response(status_code=204)


async def remove_passed(_request: Request, _account: str, key: str) -> Response:
    """Forget an upload that is still on its way; the server that has the tab is told of it."""
    await to_thread.run_sync(_get_files().remove, _name_upload(key))
    try:
        await to_thread.run_sync(_get_files().put, _name_removed(key), PassedFile(b"", {}))
    except StoreError as error:
        return PlainTextResponse(error.message, 503)
    return Response(status_code=204)


def forget_removed(manager: Any, tab_id: str, account: str) -> None:
    """Let go of uploads of a tab that were removed through another server."""
    services = open_services()
    if not services.cache.is_shared:
        return
    for file_id in tuple(manager.file_storage.get(tab_id, ())):
        key = f"{tab_id}/{file_id}"
        if services.cache.files.has(_name_removed(key)):
            manager.remove_file(tab_id, file_id)
            services.uploads.release(account, key)
            services.cache.files.remove(_name_removed(key))


def fetch_download(filename: str) -> None:
    """Have a file ready that a page on another server has made; it may wait for the disk."""
    services = open_services()
    if not services.cache.is_shared:
        return
    file_id = posixpath.splitext(filename)[0]
    file = None if _is_here(file_id) else _get_files().get(_name_download(file_id))
    if file is not None:
        about = file.about
        kind = MediaFileKind(about["kind"])
        _ARRIVED.put(file_id, MemoryFile(file.content, about["type"], kind, about["name"] or None))


def _is_here(file_id: str) -> bool:
    try:
        return get_instance().media_file_mgr.read_file(file_id) is not None
    except RuntimeError:
        return False


def _get_files() -> PassedFiles:
    return open_services().cache.files


def _name_upload(key: str) -> str:
    return f"upload {key}"


def _name_removed(key: str) -> str:
    return f"removed {key}"


def _name_download(file_id: str) -> str:
    return f"download {file_id}"


async def _read_upload(request: Request, account: str) -> PassedFile:
    form = await request.form(max_files=1)
    uploads = [one for one in form.values() if isinstance(one, UploadFile)]
    if len(uploads) != 1:
        raise HTTPException(400)
    content = await uploads[0].read()
    await form.close()
    kind = uploads[0].content_type or "application/octet-stream"
    about = {"name": uploads[0].filename or "", "type": kind, "account": account}
    return PassedFile(content, about)


async def _release_when_fetched(account: str, key: str) -> None:
    for _ in range(_MOST_POLLS):
        if not await to_thread.run_sync(_get_files().has, _name_upload(key)):
            break
        await asyncio.sleep(_POLL_S)
    open_services().uploads.release(account, key)


def _fetch_uploads(manager: Any, files: PassedFiles) -> None:
    get_own = manager.get_files

    def get_files(session_id: str, file_ids: Sequence[str]) -> list[UploadedFileRec]:
        here = {one.file_id for one in get_own(session_id, file_ids)}
        for file_id in file_ids:
            key = f"{session_id}/{file_id}"
            if file_id not in here and (file := files.get(_name_upload(key))) is not None:
                about = file.about
                record = UploadedFileRec(file_id, about["name"], about["type"], file.content)
                manager.add_file(session_id, record)
                _count(about["account"], key, len(file.content))
                files.remove(_name_upload(key))
        found: list[UploadedFileRec] = get_own(session_id, file_ids)
        return found

    manager.get_files = get_files


def _count(account: str, key: str, size: int) -> None:
    # It was allowed where it arrived, and is counted there until it is gone from the folder.
    services = open_services()
    services.uploads.hold(account, key, size, 2 * services.settings.uploads.account_mb * 2**20)


def _pass_downloads(storage: Any, files: PassedFiles) -> None:
    get_own, load = storage.get_file, storage.load_and_get_id

    def load_and_get_id(*args: Any, **options: Any) -> str:
        file_id: str = load(*args, **options)
        made, name = get_own(file_id), _name_download(file_id)
        if not files.has(name):
            about = {"name": made.filename or "", "type": made.mimetype, "kind": made.kind.value}
            try:
                files.put(name, PassedFile(made.content, about))
            except StoreError as error:
                # This server can still give the file to a browser that comes here.
                _LOG.warning("A file is not passed on to other servers. %s", error)
        return file_id

    def get_file(filename: str) -> MemoryFile:
        try:
            own: MemoryFile = get_own(filename)
        except MediaFileStorageError:
            arrived = _ARRIVED.get(posixpath.splitext(filename)[0])
            if arrived is None:
                raise
            return arrived
        return own

    storage.load_and_get_id, storage.get_file = load_and_get_id, get_file
