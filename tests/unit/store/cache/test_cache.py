"""The cache in memory and in Redis: counted, kept for a time, taken once, computed once."""

from __future__ import annotations

import time

import pytest

from pipeline.errors import ConfigError
from pipeline.store.cache.cache import Cache
from pipeline.store.cache.place import Place
from pipeline.store.cache.results import Results
from pipeline.store.cache.sealing import Seal


def test_a_bucket_gives_a_minutes_worth_and_then_the_seconds_to_wait(cache):
    buckets = cache.open_buckets("test")
    assert [buckets.take("a", 3) for _ in range(3)] == [0, 0, 0]
    assert 15 < buckets.take("a", 3) <= 20
    assert buckets.take("b", 3) == 0
    assert cache.open_buckets("another purpose").take("a", 3) == 0
    assert ("a" in buckets, "c" in buckets) == (True, False)


def test_a_note_is_found_until_it_is_taken_and_is_taken_once(cache):
    notes = cache.open_notes("test")
    notes.keep("a", {"target": "/", "n": 1}, 60)
    assert (notes.find("a"), notes.find("b")) == ({"target": "/", "n": 1}, None)
    assert [notes.take("a"), notes.take("a"), notes.find("a")] == [{"target": "/", "n": 1}, None, None]


def test_a_note_expires(cache):
    notes = cache.open_notes("test")
    notes.keep("a", 1, 0.05)
    time.sleep(0.2)
    assert (notes.find("a"), notes.take("a")) == (None, None)


def test_a_result_is_computed_once_and_found_by_another_process(cache, tmp_path):
    def obtain(one: Cache, made: str) -> str:
        return one.results.obtain("name", lambda: made, str, str)

    again = Cache(tmp_path, "")
    again._place = cache._place
    assert [obtain(cache, "first"), obtain(cache, "second"), obtain(again, "third")] == ["first"] * 3


def test_what_another_release_wrote_is_computed_again(cache):
    cache.results.obtain("name", lambda: "old", str, str)

    def read(text: str) -> str | None:
        return None if text == "old" else text

    assert cache.results.obtain("name", lambda: "new", str, read) == "new"
    assert cache.results.obtain("name", lambda: "newest", str, read) == "new"


def test_what_fails_is_not_kept(cache):
    def fail() -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cache.results.obtain("name", fail, str, str)
    assert cache.results.obtain("name", lambda: "made", str, str) == "made"


def test_results_on_disk_are_sealed_and_open_to_their_owner_alone(tmp_path):
    Cache(tmp_path).results.obtain("name", lambda: "an account", str, str)
    (file,) = (tmp_path / "cache").iterdir()
    assert b"account" not in file.read_bytes()
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_result_that_was_changed_on_disk_is_computed_again(tmp_path):
    Cache(tmp_path).results.obtain("name", lambda: "first", str, str)
    (file,) = (tmp_path / "cache").iterdir()
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    assert Cache(tmp_path).results.obtain("name", lambda: "second", str, str) == "second"


def test_a_folder_that_cannot_be_written_to_costs_time_alone(tmp_path, caplog):
    (tmp_path / "cache").write_text("a file")
    results = Results(tmp_path / "cache", Seal(tmp_path / "secrets"))
    assert [results.obtain("name", lambda one=one: one, str, str) for one in ("a", "b")] == ["a", "b"]
    assert "cannot be written to" in caplog.text


def test_the_least_recently_used_results_make_room(tmp_path):
    from pipeline.store.cache.disk import FolderBackend

    folder = FolderBackend({"folder": tmp_path / "cache", "most_bytes": 25})
    for key in ("a", "b"):
        folder.set_serialized(key, bytes(10))
        time.sleep(0.02)
    assert folder.get_serialized("a") == bytes(10)
    time.sleep(0.02)
    folder.set_serialized("c", bytes(10))
    assert sorted(file.name for file in (tmp_path / "cache").iterdir()) == ["a", "c"]


@pytest.mark.parametrize("url", ["redis://:secret@host:port/0", "redis://:secret@host/0?no_such=1"])
def test_an_address_that_is_none_is_refused_without_being_repeated(url, tmp_path):
    place = Place(url, Seal(tmp_path))
    with pytest.raises(ConfigError, match="not the address of a Redis") as refused:
        place.get("a")
    assert "secret" not in str(refused.value)
