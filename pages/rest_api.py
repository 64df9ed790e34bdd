"""The REST API for people: where it is, how a program gets in, and a first request."""

from __future__ import annotations

import streamlit as st

from pages._server.services import get_actor, may_order, open_workbench
from pipeline.api import DOCS_PATH, MOUNT_PATH

open_workbench()
url = st.context.url
# AppTest answers with a mock.
address = "/".join(url.split("/")[:3]) if isinstance(url, str) else ""

st.title("REST API")
st.write("Everything that the pages do, for programs. A program sends a token, which has a role and expires.")
with st.container(horizontal=True, key="api_links"):
    st.link_button("All routes, with examples", DOCS_PATH, icon=":material/menu_book:")
    st.link_button("OpenAPI description", f"{MOUNT_PATH}/openapi.json", icon=":material/data_object:")
    st.page_link("account.py", label="Make a token on the Account page", icon=":material/key:")

st.subheader("Begin")
st.code(
    f"export WORKBENCH={address}{MOUNT_PATH}\n"
    "export TOKEN=…   # as the Account page showed it\n"
    'curl -H "Authorization: Bearer $TOKEN" "$WORKBENCH/datasets"',
    language="shell",
    wrap_lines=True,
)
st.caption(
    f"Your role is {get_actor().role}, and your tokens can have at most that. Reading requires viewer."
)
if may_order():
    st.subheader("Order what you see")
    st.write(
        "Generate, Train and every run have a button Copy as code: the same order as a command, in Python "
        "and as a request to the API."
    )
