"""Uploads counted by account."""

from __future__ import annotations

from pipeline.access.upload_ledger import UploadLedger


def test_an_account_holds_up_to_its_limit_and_others_theirs() -> None:
    ledger = UploadLedger()
    assert [ledger.hold("ada", key, 40, 100) for key in "abc"] == [True, True, False]
    assert ledger.hold("bob", "a", 100, 100)
    ledger.release("ada", "a")
    ledger.release("ada", "a")
    assert ledger.hold("ada", "c", 60, 100)
    assert (ledger.measure("ada"), ledger.list_keys("ada")) == (100, ("b", "c"))


def test_an_upload_that_is_sent_again_counts_once() -> None:
    ledger = UploadLedger()
    assert all(ledger.hold("ada", "a", 80, 100) for _ in range(3))
    assert ledger.measure("ada") == 80
    ledger.release("ada", "a")
    assert (ledger.measure("ada"), ledger.list_keys("ada")) == (0, ())
