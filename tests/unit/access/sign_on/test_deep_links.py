"""The page that was asked for before the login: it comes back whole, and nothing else does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.access.sign_on.deep_links import LONGEST_LINK, read_deep_link, write_deep_link


@pytest.mark.parametrize(
    ("page", "query", "link"),
    [
        ("", [], "/"),
        ("generate", [("run", "0123abc")], "/generate?run=0123abc"),
        (
            "quality",
            [("dataset", "employee"), ("table", "run:47"), ("view", "")],
            "/quality?dataset=employee&table=run%3A47&view=",
        ),
        (
            "quality",
            [("dataset", "a&b #1"), ("dataset", "é/")],
            "/quality?dataset=a%26b%20%231&dataset=%C3%A9%2F",
        ),
    ],
)
def test_a_link_comes_back_as_it_was_written(page, query, link):
    assert (write_deep_link(page, query), read_deep_link(link)) == (link, link)


@pytest.mark.parametrize(
    "text",
    [
        "//evil.example",
        "//evil.example?run=1",
        "https://evil.example",
        "javascript:alert(1)",
        "/\\evil.example",
        "\\\\evil.example",
        "/a/b",
        "/generate\n",
        "/\t/evil.example",
        "/%2F/evil.example",
        "generate",
        "",
    ],
)
def test_what_is_no_page_of_this_site_leads_to_the_first(text):
    assert read_deep_link(text) == "/"


@pytest.mark.parametrize(
    "query", ["run=a%0D%0ASet-Cookie:x", "run\x00=1", "a=\x85", f"run={'x' * LONGEST_LINK}"]
)
def test_a_query_with_control_characters_or_without_end_is_left_out(query):
    assert read_deep_link(f"/generate?{query}") == "/generate"


def test_a_query_that_grows_too_long_by_encoding_is_left_out():
    assert write_deep_link("quality", [("dataset", "é" * 400)]) == "/quality"


@given(st.text())
def test_whatever_is_read_is_a_short_path_here_and_reads_the_same_again(text):
    link = read_deep_link(f"/quality?{text}")
    assert link.startswith("/quality")
    assert link.isascii()
    assert not set(link) & set("\\ #\r\n\t<>\"'")
    assert (len(link) <= LONGEST_LINK, read_deep_link(link)) == (True, link)
