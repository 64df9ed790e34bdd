"""The one place where errors become text on a page."""

from __future__ import annotations

import logging
import re
import secrets

import streamlit as st

from pipeline.errors import JobCancelled, WorkbenchError

_LOG = logging.getLogger(__name__)
_MARKDOWN = re.compile(r"([\\`*_$~<\[\]:])")


def show_error(error: Exception) -> bool:
    """Show what is wrong and what to do; the unexpected gets a reference to its traceback in the log."""
    if isinstance(error, JobCancelled):
        st.info(escape(error.message), icon=":material/cancel:")
    elif isinstance(error, WorkbenchError):
        st.error(describe(error.message, error.hint), icon=":material/error:")
    else:
        reference = secrets.token_hex(4)
        _LOG.error("Unexpected error, reference %s", reference, exc_info=error)
        st.error(
            f"An unexpected error occurred. The server's log has the cause under reference {reference}.",
            icon=":material/report:",
        )
    return True


def escape(text: str) -> str:
    """Text from data or users, so that Markdown takes none of it for markup."""
    return _MARKDOWN.sub(r"\\\1", text)


def describe(message: str, hint: str) -> str:
    """What is wrong, and below it what to do, as Markdown."""
    return f"{escape(message)}  \n{escape(hint[:1].upper())}{escape(hint[1:])}" if hint else escape(message)
