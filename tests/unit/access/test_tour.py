"""The tour of a first login: due until the account ends it."""

from __future__ import annotations

from pipeline.access.accounts import AccountRole, Accounts
from pipeline.access.tour import Tour
from tests.passwords import make_password


def test_the_tour_is_due_until_the_account_ends_it(database):
    accounts = Accounts(database, hash_rounds=4)
    for name in ("ada", "bo"):
        accounts.create(name, make_password(), AccountRole.VIEWER)
    tour = Tour(database)
    assert tour.is_due("Ada")
    for _ in range(2):
        tour.end("Ada")
    assert (tour.is_due("ada"), tour.is_due("bo"), tour.is_due("nobody")) == (False, True, False)
    tour.end("nobody")
