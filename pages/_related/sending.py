"""How orders of several tables are sent, by callbacks."""

from __future__ import annotations

from pages._order.sending import note_sent, queue_once
from pages._related.bulk_form import keep_bulk_order, read_bulk_order
from pages._related.order import keep_order, read_order
from pages._server.orders import try_order


def order_set() -> None:
    """Queue the tables that the form asks for, once; a callback."""
    keep_order()
    try_order(lambda workbench: note_sent(queue_once(workbench, read_order(workbench))))


def order_bulk_set() -> None:
    """Queue the large tables that their form asks for, once; a callback."""
    keep_bulk_order()
    try_order(lambda workbench: note_sent(queue_once(workbench, read_bulk_order(workbench))))
