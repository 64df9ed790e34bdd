"""Awkward text files: each gives the right table or one clear sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.datasets.reading import read_table
from pipeline.datasets.source import Import, ReadOptions
from pipeline.errors import DataError

ROWS = "".join(f"{row},{('red', 'blue')[row % 2]},{row * 1.5}\n" for row in range(1, 31))
PLAIN = "id,colour,price\n" + ROWS
PLAIN_READ = (["id", "colour", "price"], 30, ["1", "blue", "1.5"])
MANY = ",".join(f"c{place}" for place in range(300))


def _read(folder: Path, content: str | bytes, name: str = "table.csv", **options: object) -> Import:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path, options=ReadOptions(**options))  # type: ignore[arg-type]


def _semicolons(text: str) -> str:
    return text.replace(",", ";")


READ = {
    "plain": (PLAIN, *PLAIN_READ),
    "semicolons": (_semicolons(PLAIN), *PLAIN_READ),
    "tabs": (PLAIN.replace(",", "\t"), *PLAIN_READ),
    "pipes": (PLAIN.replace(",", "|"), *PLAIN_READ),
    "decimal commas without a header": (
        "".join(f"{row},50;{row},25;EUR\n" for row in range(10, 40)),
        ["column_1", "column_2", "column_3"], 30, ["10,50", "10,25", "EUR"],
    ),
    "separators in quotes": ('a,b\n"x,y;z",1\n"p|q,r",2\n', ["a", "b"], 2, ["x,y;z", "1"]),
    "quotes in quotes": ('a,b\n"say ""hi""",1\n"no",2\n', ["a", "b"], 2, ['say "hi"', "1"]),
    "a quote inside an unquoted cell": ('a,b\n5" pipe,1\n6 pipe,2\n', ["a", "b"], 2, ['5" pipe', "1"]),
    "everything quoted": ('"a","b"\n"1","2"\n"3","4"\n', ["a", "b"], 2, ["1", "2"]),
    "blanks after separators": ('a, b\n1, "x, y"\n2, z\n', ["a", "b"], 2, ["1", "x, y"]),
    "carriage returns": (PLAIN.replace("\n", "\r"), *PLAIN_READ),
    "Windows line ends": (PLAIN.replace("\n", "\r\n"), *PLAIN_READ),
    "mixed line ends": ("a,b\r\n1,x\n2,y\r\n3,z\n", ["a", "b"], 3, ["1", "x"]),
    "no line end at the end": ("a,b\n1,x\n2,y", ["a", "b"], 2, ["1", "x"]),
    "one column": ("amount\n1.5\n2.5\n", ["amount"], 2, ["1.5"]),
    "one column of quoted text": ('note\n"a, b"\n"c, d, e"\n', ["note"], 2, ["a, b"]),
    "300 columns": (f"{MANY}\n" + (",".join("1" * 300) + "\n") * 3, MANY.split(","), 3, ["1"] * 300),
    "a separator at the end of every line": (
        PLAIN.replace("\n", ",\n"), *PLAIN_READ,
    ),
    "a separator at the end of the records": ("a,b\n1,2,\n3,4,\n", ["a", "b"], 2, ["1", "2"]),
    "a separator at the end of the header": ("a,b,\n1,2\n3,4\n5,6\n", ["a", "b"], 3, ["1", "2"]),
    "row numbers without a name": (",a\n0,x\n1,y\n", ["index", "a"], 2, ["0", "x"]),
    "a blank first column": (
        "," + PLAIN.replace("\n", "\n,").rstrip(","), *PLAIN_READ,
    ),
    "line breaks in the header": (
        '"net\namount","day"\n1,2024-01-01\n', ["net\namount", "day"], 1, ["1", "2024-01-01"],
    ),
    "line breaks in cells": ('a,b\n"x\r\ny",1\nz,2\n', ["a", "b"], 2, ["x\r\ny", "1"]),
    "emoji": ("mood,n\n😀,1\n🎉👍,2\n", ["mood", "n"], 2, ["😀", "1"]),
    "text from right to left": ("שם,n\nדוד,1\nמרים,2\n", ["שם", "n"], 2, ["דוד", "1"]),
    "very long cells": (f"a,b\n{'x' * 500_000},1\ny,2\n", ["a", "b"], 2, ["x" * 500_000, "1"]),
    "a byte order mark": ("\ufeffa,b\n1,x\n", ["a", "b"], 1, ["1", "x"]),
    "a byte order mark in the middle": ("a,b\n1,x\n\ufeff2,y\n", ["a", "b"], 2, ["1", "x"]),
    "blank lines above": ("\n\n" + PLAIN, *PLAIN_READ),
    "thousands of blank lines below": (PLAIN + "\n" * 5000, *PLAIN_READ),
    "thousands of rows of separators below": (
        PLAIN + ",,\n" * 5000, *PLAIN_READ,
    ),
    "a title padded with separators": (
        "Report,,\n,,\n" + PLAIN, *PLAIN_READ,
    ),
    "the header twice": (PLAIN + PLAIN, ["id", "colour", "price"], 60, ["1", "blue", "1.5"]),
    "years as header": (
        "land,2019,2020,2021\n" + "".join(f"L{row},{row},{row + 3},{row + 7}\n" for row in range(20)),
        ["land", "2019", "2020", "2021"], 20, ["L0", "0", "3", "7"],
    ),
    "groups above the header": (
        "Loan,,Customer,\nAmount,Rate,Name,Age\n"
        + "".join(f"{row}00,{row}.5,Bo,{row + 20}\n" for row in range(1, 20)),
        ["Loan Amount", "Loan Rate", "Customer Name", "Customer Age"], 19, ["100", "1.5", "Bo", "21"],
    ),
    "units below the header": (
        "Amount,Weight,Kind\nEUR,kg,text\n" + "".join(f"{row}00,{row}.5,b\n" for row in range(1, 20)),
        ["Amount EUR", "Weight kg", "Kind text"], 19, ["100", "1.5", "b"],
    ),
    "German totals": (_semicolons(PLAIN) + "Summe;;697.5\n", *PLAIN_READ),
    "a short line of totals": (PLAIN + "\nTotal,697.5\n", *PLAIN_READ),
    "totals without a word": (PLAIN + ",,697.5\n", *PLAIN_READ),
    "notes below": (
        PLAIN + "\nSource: the ledger\n(30 rows affected)\n", *PLAIN_READ,
    ),
    "codes without a header": (
        "".join(f"AC-{row:05d},{row},x{row % 2}\n" for row in range(30)),
        ["column_1", "column_2", "column_3"], 30, ["AC-00000", "0", "x0"],
    ),
    "e-mail addresses without a header": (
        "".join(f"{name}@example.org\n" for name in ("ann", "bo", "cy", "di")),
        ["column_1"], 4, ["ann@example.org"],
    ),
    "a byte of Latin-1": ("Straße;n\nWeg;1\n".encode("cp1252"), ["Straße", "n"], 1, ["Weg", "1"]),
    "big-endian UTF-16 without a mark": (PLAIN.encode("utf-16-be"), *PLAIN_READ),
    "UTF-32": (("\ufeff" + PLAIN).encode("utf-32-le"), *PLAIN_READ),
}  # fmt: skip


@pytest.mark.parametrize("case", READ)
def test_awkward_text_is_read(tmp_path: Path, case: str) -> None:
    content, names, rows, first = READ[case]
    cells = _read(tmp_path, content).cells
    assert list(cells.columns) == names
    assert len(cells) == rows
    assert cells.iloc[0].tolist() == first


REFUSED = {
    "nothing": (b"", "is empty"),
    "blanks": ("   \n\n", "is empty"),
    "only a header": ("id,colour,price\n", "a header but no row of data"),
    "a name twice": ("a,a,b\n1,2,3\n4,5,6\n", 'two columns are called "a"'),
    "no name in the middle": ("a,,c\n1,2,3\n4,5,6\n", "column 2 has no name"),
    "NUL bytes": (b"a,b\n1,\x00\n2,3\n", "is not a text file"),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3\n1 0 obj", "is a PDF"),
    "a workbook": (b"PK\x03\x04\x14\x00rest", "is an Excel workbook"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an old Excel workbook"),
    "a compressed file": (b"\x1f\x8b\x08\x00", "is compressed"),
    "a Parquet file": (b"PAR1\x15\x04", "is a Parquet file"),
    "a page of HTML": ("<html><table><tr><td>1</td></tr></table></html>", "is HTML or XML"),
    "a list of JSON": ('[{"a": 1, "b": 2}]', "contains JSON"),
    "lines of JSON": ('{"a": 1}\n{"a": 2}\n', "contains JSON"),
    "a field too many": (PLAIN + "31,red,1,2\n", "line 32: expected 3 fields, found 4"),
    "a field too few": (PLAIN + "31,red\n32,blue,4\n", "line 32: expected 3 fields, found 2"),
    "a record that was cut off": (PLAIN + "31", "line 32: expected 3 fields, found 1"),
    "a quote that stays open": ('a,b\n1,"open\n2,3\n4,5\n', "line 2: a quote opens"),
    "a header of the wrong width": (
        "a,b\n1,x,2\n2,y,3\n3,z,4\n", "header has 2 fields, the rows below have 3",
    ),
    "a header that could be a record": (
        "code,7,2024-01-01,x\n"
        + "".join(f"{row},{row * 2},2024-02-{row:02d},{row}\n" for row in range(10, 28)),
        "could be a header or a record",
    ),
    "people without a header": (
        "Marc Dubois,Lena Vogel\nIlse Brandt,Rita Anand\nPiotr Nowak,Tomas Keller\nAna Lopes,Sanjay Rao\n",
        "could be a header or a record",
    ),
    "letters of no known encoding": (b"a,b\n\x81\x8d\x8f\x90,1\n\x9d\x81\x8d,2\n", "no other known encoding"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_awkward_text_is_refused_with_one_sentence(tmp_path: Path, case: str) -> None:
    content, message = REFUSED[case]
    with pytest.raises(DataError, match=message) as caught:
        _read(tmp_path, content)
    assert caught.value.hint
    assert "\n" not in caught.value.message


OPTIONS = {
    "a header in row 3": ("x,1\ny,2\na,b\n1,2\n3,4\n", {"header": 3}, ["a", "b"], ["1", "2"]),
    "no header": ("a,b\n1,2\n3,4\n", {"header": "none"}, ["column_1", "column_2"], ["a", "b"]),
    "rows to skip": ("x,1\ny,2\na,b\n1,2\n3,4\n", {"skip_rows": 2}, ["a", "b"], ["1", "2"]),
    "rows to skip and a header": (
        "q\nx,1\na,b\n1,2\n", {"skip_rows": 1, "header": 2}, ["a", "b"], ["1", "2"],
    ),
    "a tilde": ("a~b\n1~x,y\n2~z\n", {"separator": "~"}, ["a", "b"], ["1", "x,y"]),
    "a tab by its name": ("a\tb\n1\t2,3\n", {"separator": "tab"}, ["a", "b"], ["1", "2,3"]),
    "an encoding": (
        "naïve,b\nœuf,2\n".encode("cp1252"), {"encoding": "Windows-1252"}, ["naïve", "b"], ["œuf", "2"],
    ),
    "a separator that sep= does not name": ("sep=,\na;b\n1;2\n", {"separator": ";"}, ["a", "b"], ["1", "2"]),
    "a header that could be a record": (
        "code,7,2024-01-01\n" + "".join(f"{row},{row},2024-02-{row:02d}\n" for row in range(10, 28)),
        {"header": 1}, ["code", "7", "2024-01-01"], ["10", "10", "2024-02-10"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", OPTIONS)
def test_options_settle_what_a_guess_cannot(tmp_path: Path, case: str) -> None:
    content, options, names, first = OPTIONS[case]
    cells = _read(tmp_path, content, **options).cells
    assert list(cells.columns) == names
    assert cells.iloc[0].tolist() == first


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"header": 0}, '--header: "0" cannot be used'),
        ({"header": 90}, "has no header in row 90"),
        ({"skip_rows": -1}, "--skip-rows"),
        ({"separator": "ab"}, "--separator"),
        ({"encoding": "klingon"}, "--encoding"),
        ({"encoding": "base64"}, "--encoding"),
        ({"decimal": "x"}, "--decimal"),
    ],
)
def test_impossible_options_are_refused_by_name(
    tmp_path: Path, options: dict[str, object], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        _read(tmp_path, PLAIN, **options)


def test_a_wrong_encoding_is_refused_by_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"line 2: contains bytes that are not valid UTF-8 \(utf-8\)"):
        _read(tmp_path, "a,b\nZoë,2\n".encode("cp1252"), encoding="utf-8")


def test_a_cell_that_happens_to_say_total_stays(tmp_path: Path) -> None:
    content = "area,n\n" + "North,1\nTotal,2\n" * 15
    assert len(_read(tmp_path, content).cells) == 30


def test_sparse_rows_are_not_taken_for_notes(tmp_path: Path) -> None:
    content = "memo,b,c,d\n" + "x y,1,2,3\nalone here,,,\n" * 20
    assert len(_read(tmp_path, content).cells) == 40


def test_no_value_of_a_file_without_a_header_becomes_a_name_or_a_finding(tmp_path: Path) -> None:
    names = ["Marc Dubois", "Lena Vogel", "Ilse Brandt"]
    content = "".join(f"{row:08d},{names[row % 3]},2022-01-{row % 28 + 1:02d},{row}.5\n" for row in range(60))
    found = _read(tmp_path, content)
    assert list(found.cells.columns) == ["column_1", "column_2", "column_3", "column_4"]
    assert not any(name in str((found.source.as_dict(), found.findings)) for name in names)


def test_a_later_umlaut_decides_the_encoding(tmp_path: Path) -> None:
    content = b"town,n\n" + b"Bonn,1\n" * 200_000 + "Köln,2\n".encode("cp1252")
    found = _read(tmp_path, content)
    assert found.cells["town"].iloc[-1] == "Köln"
    assert found.source.encoding == "cp1252"


def test_the_source_is_described_by_what_differs(tmp_path: Path) -> None:
    content = "\ufeff" + '"a";"b"\r\n' + '"1";"x"\r\n' * 30
    found = _read(tmp_path, content)
    assert found.source.as_dict() == {
        "separator": ";",
        "has_bom": True,
        "line_end": "\r\n",
        "quotes": "all",
    }
    assert type(found.source).from_dict(found.source.as_dict()) == found.source
