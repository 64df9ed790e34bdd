"""The OpenAPI description as one page of HTML without scripts, for the content policy of the app."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from html import escape
from typing import Any, cast

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route

from pipeline.api.access import ROLE_KEY

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 58rem; margin: 2rem auto; padding: 0 1rem;
  background: light-dark(#FBFCFD, #10181F); color: light-dark(#16212B, #E4EBF1); }
a { color: light-dark(#175E8C, #7CC0E8); }
:focus-visible { outline: 3px solid light-dark(#B45309, #FFC46B); outline-offset: 2px; }
details { border: 1px solid light-dark(#B9C6D0, #3C4C5A); border-radius: 0.4rem; margin: 0.5rem 0;
  padding: 0.5rem 0.8rem; }
summary { cursor: pointer; overflow-wrap: anywhere; }
code, pre { font: 14px/1.5 ui-monospace, monospace; }
pre { overflow-x: auto; padding: 0.7rem; background: light-dark(#EEF3F7, #19242E); }
.scroll { overflow-x: auto; }
th, td { text-align: left; padding: 0.25rem 0.8rem 0.25rem 0; vertical-align: top; }
.method { display: inline-block; min-width: 4.2rem; font-weight: 700; }
"""


def route_docs(path: str, api: Mount) -> Route:
    """The page as a route beside the mounted API, public as the description is."""

    @cache
    def render() -> str:
        return render_docs(cast(FastAPI, api.app).openapi())

    def serve(_request: Request) -> Response:
        return HTMLResponse(render())

    return Route(path, serve)


def render_docs(document: Mapping[str, Any]) -> str:
    """An OpenAPI document as HTML: each operation with its role, parameters, body and an example."""
    info, schemas = document["info"], document["components"]["schemas"]
    server = document["servers"][0]["url"]
    sections = "".join(_render_tag(tag, document["paths"], schemas, server) for tag in document["tags"])
    title = f"{escape(info['title'])}: REST API"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>{title}</h1>"
        f'<p><a href="/rest_api">Back to the workbench</a> · version {escape(info["version"])} · '
        f'<a href="{server}/openapi.json">OpenAPI description</a></p>'
        f"{_render_text(info['description'])}{sections}</main></body></html>"
    )


def _render_text(text: str) -> str:
    """Paragraphs; what stands between backticks is code."""
    return "".join(f"<p>{_render_line(part)}</p>" for part in text.strip().split("\n\n"))


def _render_line(text: str) -> str:
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts))


def _render_tag(
    tag: Mapping[str, str], paths: Mapping[str, Any], schemas: Mapping[str, Any], server: str
) -> str:
    found = "".join(
        _render_operation(method, path, one, schemas, server)
        for path, methods in paths.items()
        for method, one in methods.items()
        if tag["name"] in one.get("tags", ())
    )
    return f"<h2>{escape(tag['name'].capitalize())}</h2>{_render_text(tag['description'])}{found}"


def _render_operation(
    method: str, path: str, one: Mapping[str, Any], schemas: Mapping[str, Any], server: str
) -> str:
    summary = escape(one.get("summary", ""))
    role = escape(str(one.get(ROLE_KEY, "")))
    head = f'<span class="method">{method.upper()}</span> <code>{escape(path)}</code> {summary}'
    about = _render_text(one.get("description", ""))
    required = f"<p>Role: {role}</p>" if role else ""
    fields = _render_fields([*_list_parameters(one), *_list_body(one, schemas)])
    example = _render_example(method, path, one, schemas, server)
    return f"<details><summary>{head}</summary>{about}{required}{fields}{example}</details>"


Field = tuple[str, str, str]


def _list_parameters(one: Mapping[str, Any]) -> Iterator[Field]:
    for found in one.get("parameters", ()):
        yield found["name"], f"in the {found['in']}", found.get("description", "")


def _list_body(one: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[Field]:
    schema = _find_schema(one, schemas)
    for name, found in schema.get("properties", {}).items():
        need = "required" if name in schema.get("required", ()) else "optional"
        yield name, need, found.get("description", "")


def _find_schema(one: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    content: Mapping[str, Mapping[str, Any]] = one.get("requestBody", {}).get("content", {})
    schema: Mapping[str, Any] = next((found["schema"] for found in content.values()), {})
    return schemas.get(schema["$ref"].split("/")[-1], {}) if "$ref" in schema else schema


def _render_fields(fields: list[Field]) -> str:
    if not fields:
        return ""
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{kind}</td><td>{_render_line(about)}</td></tr>"
        for name, kind, about in fields
    )
    head = "<tr><th>Field</th><th>Kind</th><th>Meaning</th></tr>"
    return f'<div class="scroll" tabindex="0"><table>{head}{rows}</table></div>'


def _render_example(
    method: str, path: str, one: Mapping[str, Any], schemas: Mapping[str, Any], server: str
) -> str:
    words = [
        "curl",
        '-H "Authorization: Bearer $TOKEN"',
        *([f"-X {method.upper()}"] if method != "get" else []),
    ]
    if examples := _find_schema(one, schemas).get("examples"):
        words += ['-H "Content-Type: application/json"', f"-d '{json.dumps(examples[0])}'"]
    words.append(f'"$WORKBENCH{path}"')
    return f'<pre tabindex="0">{escape(" ".join(words))}</pre>'
