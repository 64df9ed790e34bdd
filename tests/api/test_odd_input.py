"""Odd files, bodies and addresses sent to the real workbench: what is wrong is told, nothing breaks."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from starlette.applications import Starlette

from pipeline.access.accounts import AccountRole, Accounts
from pipeline.access.audit import AuditLog
from pipeline.access.tokens import Tokens
from pipeline.api import ApiServices, create_api, mount_api
from pipeline.settings import ApiLimits, Settings, UploadLimits
from pipeline.store.database import open_database
from pipeline.workbench.workbench import Workbench
from tests.api.conftest import send

ROWS = 60
DEEP = 100_000
SURROGATE = b"\xed\xa0\x80"
GETS = [path for path, found in create_api(lambda: None).openapi()["paths"].items() if "get" in found]
NAMES = ["shop", "nothing", "%00", "%ED%A0%80", "..", "a" * 64, "a" * 65, "%F0%9F%99%82", "'%3B--", "%0A"]


def make_table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "email": [f"person{number}@example.com" for number in range(ROWS)],
            "group": rng.choice(list("abc"), ROWS),
            "spend": rng.normal(50, 9, ROWS).round(2),
            "day": pd.date_range("2020-01-01", periods=ROWS).strftime("%Y-%m-%d"),
        }
    )


def write_csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False).encode()


def write_parquet(table: pa.Table) -> bytes:
    content = io.BytesIO()
    pq.write_table(table, content)
    return content.getvalue()


def write_excel(table: pd.DataFrame) -> bytes:
    content = io.BytesIO()
    table.to_excel(content, index=False)
    return content.getvalue()


def swap(column: str, values: Any) -> bytes:
    """The table as Parquet, with one column that only Parquet can hold."""
    table = pa.Table.from_pandas(make_table())
    return write_parquet(table.set_column(table.column_names.index(column), column, pa.array(values)))


def tell_pandas(content: bytes) -> bytes:
    """The table as Parquet, with something else where pandas describes itself."""
    return write_parquet(pa.Table.from_pandas(make_table()).replace_schema_metadata({b"pandas": content}))


def change_sheet(part: str, content: bytes) -> bytes:
    """The table as an Excel workbook, one of its parts replaced."""
    changed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(write_excel(make_table()))) as source,
        zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(name, content if name == part else source.read(name))
    return changed.getvalue()


UNODD = ("table.csv", write_csv(make_table()))
SHEET = "xl/worksheets/sheet1.xml"
WITHOUT_ROWS = {"nothing", "only line ends"}
UNREADABLE: dict[str, Callable[[], tuple[str, bytes]]] = {
    "bytes that are no text": lambda: ("t.parquet", swap("email", [b"\xff"] * ROWS)),
    "fixed bytes that are no text": lambda: (
        "t.parquet",
        swap("day", pa.array([b"\xff\xfe"] * ROWS, pa.binary(2))),
    ),
    "a dictionary of bytes": lambda: (
        "t.parquet",
        swap("group", pa.array([b"\xfe", b"b"] * (ROWS // 2)).dictionary_encode()),
    ),
    "lists for numbers": lambda: ("t.parquet", swap("spend", [[1, 2]] * ROWS)),
    "structs for numbers": lambda: ("t.parquet", swap("spend", [{"a": 1}] * ROWS)),
    "spans for numbers": lambda: ("t.parquet", swap("spend", pd.to_timedelta(["1 day"] * ROWS))),
    "half floats for dates": lambda: ("t.parquet", swap("day", np.ones(ROWS, dtype=np.float16))),
    "no column": lambda: ("t.parquet", write_parquet(pa.table({}))),
    "no name": lambda: (
        "t.parquet",
        write_parquet(pa.Table.from_arrays([pa.array([3, 1])], names=[""])),
    ),
    "one name twice": lambda: (
        "t.parquet",
        write_parquet(pa.Table.from_arrays([pa.array([1, 2])] * 2, names=["a", "a"])),
    ),
    "a deep description": lambda: ("t.parquet", tell_pandas(b"[" * DEEP)),
    "cut Parquet": lambda: ("t.parquet", swap("group", ["a"] * ROWS)[:-40]),
    "Parquet of zeros": lambda: ("t.parquet", b"PAR1" + b"\0" * 50 + b"PAR1"),
    "a broken sheet": lambda: ("t.xlsx", change_sheet(SHEET, b"<a><b></a>")),
    "a deep sheet": lambda: ("t.xlsx", change_sheet(SHEET, b"<a>" * 10_000)),
    "broken styles": lambda: ("t.xlsx", change_sheet("xl/styles.xml", b"<a><b></a>")),
    "a broken workbook": lambda: ("t.xlsx", change_sheet("xl/workbook.xml", b"<a><b></a>")),
    "an empty part": lambda: ("t.xlsx", change_sheet("[Content_Types].xml", b"")),
    "cut Excel": lambda: ("t.xlsx", write_excel(make_table())[:-300]),
    "no Excel": lambda: ("t.xlsx", write_csv(make_table())),
    "NUL": lambda: ("t.csv", write_csv(make_table()).replace(b"person3@", b"\0@")),
    "half a surrogate": lambda: (
        "t.csv",
        b"\xff\xfe" + write_csv(make_table()).decode().encode("utf-16-le") + b"\0\xd8",
    ),
    "a column twice": lambda: ("t.csv", write_csv(make_table()).replace(b"group", b"email", 1)),
    "no header": lambda: ("t.csv", b",,,\n" + write_csv(make_table()).partition(b"\n")[2]),
    "only line ends": lambda: ("t.csv", b"\n\n\n"),
    "nothing": lambda: ("t.csv", b""),
    "another kind": lambda: ("t.csv.gz", b"\x1f\x8b"),
}
READABLE: dict[str, Callable[[], tuple[str, bytes]]] = {
    "a list as description": lambda: ("t.parquet", tell_pandas(b"[]")),
    "a wrong description": lambda: ("t.parquet", tell_pandas(b'{"index_columns": ["x"], "columns": []}')),
    "lists for categories": lambda: ("t.parquet", swap("group", [["a"]] * ROWS)),
    "bytes that are text": lambda: ("t.parquet", swap("email", [b"a@example.com"] * ROWS)),
    "decimals": lambda: ("t.parquet", swap("spend", [Decimal("1.25")] * ROWS)),
    "numbers beyond every integer": lambda: ("t.parquet", swap("spend", [Decimal(10) ** 37] * ROWS)),
    "the largest unsigned numbers": lambda: (
        "t.parquet",
        swap("spend", pa.array([2**64 - 1] * ROWS, pa.uint64())),
    ),
    "a huge number in CSV": lambda: ("t.csv", write_csv(make_table().assign(spend="1e300"))),
    "errors of Excel": lambda: ("t.xlsx", write_excel(make_table().assign(group="#DIV/0!"))),
}
METADATA: dict[str, bytes] = {
    "deep lists": b"[" * DEEP,
    "deep objects": b'{"a":' * DEEP,
    "a deep option": b'{"columns": {"a": {"sdtype": "id", "regex_format": '
    + b"[" * 900
    + b"]" * 900
    + b"}}}",
    "bytes": b"\xff\xfe",
    "NUL": b"\0",
    "a column of half a surrogate": b'{"columns": {"\\ud800": {"sdtype": "id"}}}',
    "an option of half a surrogate": b'{"columns": {"a": {"sdtype": "id", "regex_format": "\\ud800"}}}',
    "too many digits": b'{"columns": ' + b"9" * 5_000 + b"}",
    "null": b"null",
    "a list of tables": b'{"tables": []}',
    "no column": b'{"tables": {"t": {"columns": []}}}',
    "a wrong key": b'{"columns": {"a": {"sdtype": "id"}}, "primary_key": {}}',
}
BODIES: dict[str, bytes] = {
    "deep lists": b"[" * DEEP,
    "deep objects": b'{"a":' * DEEP,
    "a deep recipe": b'{"dataset": "shop", "recipe": ' + b"[" * DEEP + b"]" * DEEP + b"}",
    "half a surrogate": b'{"dataset": "\\ud800", "rows": 1000, "name": "\\ud800"}',
    "NUL": b'{"dataset": "\\u0000", "rows": 1000, "name": "\\u0000"}',
    "too many digits": b'{"dataset": "shop", "rows": ' + b"9" * 5_000 + b"}",
    "no number": b'{"dataset": "shop", "rows": NaN}',
    "bytes": b"\xff",
    "nothing": b"",
}


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., httpx.Response]]:
    """One request as an administrator, to a workbench that holds the dataset `shop`."""
    home: Path = tmp_path_factory.mktemp("odd")
    settings = Settings(
        home=home / "state", api=ApiLimits(requests_per_minute=10_000), uploads=UploadLimits(size_mb=1)
    )
    (home / "shop.csv").write_bytes(write_csv(make_table()))
    database = open_database(settings)
    workbench = Workbench(settings, database=database)
    workbench.datasets.add("shop", [home / "shop.csv"])
    Accounts(database).create_without_password("ada", AccountRole.ADMIN)
    _, secret = Tokens(database).create("ada", "odd", AccountRole.ADMIN)
    services = ApiServices(
        settings, Tokens(database), AuditLog(database, settings.state_folder), lambda: workbench
    )
    api = Starlette(routes=[mount_api(lambda: services)])

    def ask(method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {secret}", **options.pop("headers", {})}
        return asyncio.run(send(api, method, path, headers=headers, **options))

    yield ask
    database.close()


def tell(answer: httpx.Response) -> str:
    return f"{answer.status_code}: {answer.text[:300]}"


@pytest.mark.parametrize("path", GETS)
def test_no_address_breaks_a_look_up(ask, path):
    for name in NAMES if "{" in path else [""]:
        answer = ask("GET", path.replace("{name}", name).replace("{id}", name))
        assert answer.status_code < 500, (name, tell(answer))


def test_no_filter_breaks_the_list_of_runs(ask):
    for value in ("done", "", "\0", "%00", "a" * 5_000):
        assert ask("GET", "/runs", params={"status": value}).status_code in (200, 422)


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_table_that_cannot_be_read_is_refused_with_a_hint(ask, name):
    file, code = UNREADABLE[name](), "no_rows" if name in WITHOUT_ROWS else "data"
    for answer in (
        ask("POST", "/evaluate", data={"dataset": "shop"}, files={"file": file}),
        ask("POST", "/evaluate", data={"dataset": "shop"}, files={"file": UNODD, "holdout": file}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, code), tell(answer)
        assert answer.json()["hint"]
    added = ask("POST", "/datasets", data={"name": "odd"}, files={"file": file})
    assert added.status_code < 500, tell(added)
    ask("DELETE", "/datasets/odd")


@pytest.mark.parametrize("name", READABLE)
def test_a_table_that_can_be_read_is_measured(ask, name):
    answer = ask("POST", "/evaluate", data={"dataset": "shop"}, files={"file": READABLE[name]()})
    assert answer.status_code == 200, tell(answer)
    assert answer.json()["rows"] == ROWS


@pytest.mark.parametrize("name", METADATA)
def test_metadata_that_cannot_be_used_is_refused_with_a_hint(ask, name):
    files = {"file": ("t.csv", b"a,b\n" + b"1,2\n" * 50), "metadata": ("m.json", METADATA[name])}
    answer = ask("POST", "/datasets", data={"name": "odd"}, files=files)
    assert (answer.status_code, answer.json()["code"]) == (422, "metadata"), tell(answer)
    assert answer.json()["hint"]


@pytest.mark.parametrize("path", ["/train", "/generate", "/tokens"])
@pytest.mark.parametrize("name", BODIES)
def test_no_body_breaks_a_route(ask, path, name):
    answer = ask("POST", path, content=BODIES[name], headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 404, 422), tell(answer)
    assert json.loads(answer.content)["hint"]


@pytest.mark.parametrize("field", ["dataset", "target", "as_of", "filename"])
@pytest.mark.parametrize("value", [b"\0", SURROGATE, b"\xff", b"a" * 5_000], ids=repr)
def test_no_form_breaks_a_measurement(ask, field, value):
    fields = {b"dataset": b"shop"} | ({field.encode(): value} if field != "filename" else {})
    name = value if field == "filename" else b"t.csv"
    parts = [
        b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % one for one in fields.items()
    ]
    parts.append(
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\n%s\r\n--x--\r\n'
        % (name, write_csv(make_table()))
    )
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = ask("POST", "/evaluate", content=b"".join(parts), headers=headers)
    assert answer.status_code in (200, 400, 404, 422), tell(answer)
