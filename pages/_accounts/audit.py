"""The audit log: filters, a page of entries, the file of all that match, and the check of the chain."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import streamlit as st

from pages._server.services import defer
from pipeline.access.accounts import normalize_name
from pipeline.access.audit import AuditCheck, AuditEntry, AuditEvent, AuditFilter

if TYPE_CHECKING:
    from pipeline.workbench.workbench import Workbench

PAGE_ROWS = 100


def show_audit(workbench: Workbench) -> None:
    """Entries that match the filters, the newest first."""
    audit = workbench.account.audit
    wanted = _ask_filter()
    count = audit.count(wanted)
    if not count:
        st.info("No entry matches. Change the filters.", icon=":material/filter_alt_off:")
        return
    pages = -(-count // PAGE_ROWS)
    # A key for each number of pages: a filter may leave fewer than the page that was open.
    key = f"audit_page_of_{pages}"
    number = st.number_input(f"Page, 1 to {pages}", 1, pages, key=key) if pages > 1 else 1
    entries = audit.list(wanted, PAGE_ROWS, (number - 1) * PAGE_ROWS)
    st.caption(f"{count:,} entries, the newest first; times are in UTC.")
    st.dataframe([_lay_out(entry) for entry in entries], key="audit_entries", hide_index=True)
    with st.container(horizontal=True):
        _offer_file(wanted)
        is_asked = st.button("Verify the chain", key="audit_verify", icon=":material/verified:")
    if is_asked:
        _show_check(audit.verify())


def _ask_filter() -> AuditFilter:
    actor, event, since, until = st.columns(4)
    name = actor.text_input("Actor", key="audit_actor", placeholder="user name")
    chosen = event.selectbox(
        "Event", list(AuditEvent), None, key="audit_event", format_func=_name_event, placeholder="any"
    )
    first = since.date_input("From", None, key="audit_since", format="YYYY-MM-DD")
    last = until.date_input("To, included", None, key="audit_until", format="YYYY-MM-DD")
    return AuditFilter(
        actor=normalize_name(name) or None,
        event=chosen,
        since=_begin(first) if first else None,
        until=_begin(last) + timedelta(days=1) if last else None,
    )


def _offer_file(wanted: AuditFilter) -> None:
    st.download_button(
        "Download as CSV",
        defer(lambda workbench: workbench.account.export_audit(wanted)),
        "audit-log.csv",
        "text/csv",
        key="audit_download",
        icon=":material/download:",
        on_click="ignore",
    )


def _show_check(check: AuditCheck) -> None:
    if check.is_intact:
        st.success(f"The chain of {check.entries:,} entries is intact.", icon=":material/verified:")
    else:
        st.error(
            f"The chain is broken: entry {check.first_broken} is missing, changed or out of place. "
            "Keep the database as it is and find out who could write to it.",
            icon=":material/link_off:",
        )


def _lay_out(entry: AuditEntry) -> dict[str, str | int]:
    return {
        "number": entry.number,
        "time": f"{entry.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        "actor": entry.actor,
        "role": entry.role,
        "event": _name_event(entry.event),
        "subject": entry.subject,
        "details": ", ".join(f"{name} {value}" for name, value in entry.details.items()),
        "source": entry.source,
        "address": entry.address,
    }


def _name_event(event: AuditEvent) -> str:
    return event.value.replace("_", " ")


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
