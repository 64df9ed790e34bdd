"""People's names: values decide, the column's name only confirms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.detection.columns import detect_column
from pipeline.datasets.detection.detect import detect
from pipeline.datasets.spec import Role
from pipeline.datasets.unsure import describe_unsure


def _repeat(texts: list[str], rows: int = 300) -> pd.Series:
    return pd.Series(np.random.default_rng(0).choice(texts, rows))


THINGS = {
    "product_name": [
        "Student Plus",
        "Basic Checking",
        "Gold Savings",
        "Premium Current Account",
        "Junior Saver",
    ],
    "branch_name": ["Market Square", "River Park", "West End", "North Harbour", "Hill Road", "Old Town"],
    "fund_name": ["Green Growth", "Euro Bond", "Global Equity"],
    "account_manager": ["Desk Alpha", "Team North", "Team South"],
    "client": ["Small Business", "Private Banking", "Retail Basic"],
    "country_name": ["Ireland", "United Kingdom", "South Africa", "New Zealand"],
    "customer": ["Retail", "Corporate", "Public Sector"],
    "branch": ["Charlotte Street", "Madison Square", "Victoria Park", "Florence Road"],
    "manager": ["Austin North", "Madison West", "Charlotte East"],
    "name": ["gold", "silver", "bronze"],
}


@pytest.mark.parametrize("name", THINGS)
def test_names_of_things_are_categories_whatever_the_header_says(name: str) -> None:
    finding = detect_column(name, _repeat(THINGS[name]))
    assert (finding.role, finding.kind) == (Role.MODELLED, "categorical")


PEOPLE = [
    "Marc Dubois",
    "Lena Vogel",
    "Ilse Brandt",
    "Piotr Nowak",
    "Anna Schmidt",
    "Paul Weber",
    "John Smith",
]


@pytest.mark.parametrize("name", ["x", "betreff", "client", "account_manager", "Ansprechpartner"])
@pytest.mark.parametrize("form", ["{0} {1}", "{1}, {0}"])
def test_few_people_are_people_in_many_rows_too(name: str, form: str) -> None:
    texts = [form.format(*person.split()) for person in PEOPLE]
    assert detect_column(name, _repeat(texts, 1_000)).kind == "person_name"


FOREIGN = {
    "Czech": ["Petr Svoboda", "Lukáš Černý", "Eva Horáková", "Jiří Novák"],
    "Greek": ["Διαμαντής Χατζιάρας", "Λαυρέντιος Καπετάνιος", "Θεοτόκης Μπούκος"],
    "Russian": ["Серафим Юльевич Афанасьев", "Кулаков Доброслав Демьянович", "Эрнст Гурьевич Коновалов"],
    "Hungarian": ["Tóth Erzsébet", "Nagy Lajos", "Kovács Judit"],
    "Vietnamese": ["Trần Thị Hương", "Nguyễn Văn Anh", "Thành Phạm", "Quang Bùi"],
    "Finnish": ["Sinikka Tamminen", "Yrjö Virta", "Pekka Heino"],
    "Romanian": ["Monica Toma", "Ludovic Ababei", "Noemi Cristea"],
    "Arabic": ["سلاف آل سلطان", "غالب آل صفوان", "جميلة النمر"],
    "Hindi": ["गोपीनाथ मल्होत्रा", "लावण्या दास", "गोपीनाथ दास"],
    "Chinese": ["吴秀英", "黄海燕", "李秀芳", "吕桂荣"],
    "Japanese": ["田中 太郎", "石川英樹", "加藤翼"],
    "Korean": ["김민준", "장지민", "고민석"],
}


@pytest.mark.parametrize("language", FOREIGN)
def test_few_people_of_many_languages_are_people_under_any_header(language: str) -> None:
    assert detect_column("owner", _repeat(FOREIGN[language], 400)).kind == "person_name"


BESIDE = {
    "initials": ["Mr J. Smith", "Ms K. Johnson", "R. Brown"],
    "initials behind": ["Schneider H.", "Müller A.", "Weber K."],
    "Russian initials": ["Петрова А.С.", "Кулаков И.И.", "Афанасьев С.Ю."],
    "numbers": ["Anna Kowalska (4711)", "John Smith (4712)", "Lena Vogel (4713)"],
    "teams": ["Team Anna Schmidt", "Team John Smith", "Team Paul Weber"],
    "two": ["Anna Schmidt / Paul Weber", "John Smith / Anna Schmidt", "Paul Weber / John Smith"],
    "logins": ["anna.schmidt", "john.smith", "paul.weber"],
    "titles": ["Mr J. Smith", "Mrs A. Papadopoulou", "Ms K. Oyelaran", "Mr T. Brzęczyszczykiewicz"],
    "Arabic": ["محمد علي", "فاطمة حسن", "علي حسن"],
}


@pytest.mark.parametrize("texts", BESIDE.values(), ids=BESIDE)
def test_initials_and_what_stands_beside_a_name_hide_nobody(texts: list[str]) -> None:
    assert detect_column("x", _repeat(texts)).kind == "person_name"


@pytest.mark.parametrize("name", ["adviser", "account_manager", "approver", "assigned_to", "Vermittler"])
@pytest.mark.parametrize(
    "texts",
    [["Abdirahman Warsame", "Hodan Nuur", "Ifrah Cabdi"], ["Xila Quispe", "Ngozi Asante", "Zuran Haddadi"]],
)
def test_names_that_no_list_knows_are_people_where_the_header_says_so(name: str, texts: list[str]) -> None:
    assert detect_column(name, _repeat(texts)).kind == "person_name"


@pytest.mark.parametrize("name", ["car", "car make", "Marke"])
def test_makes_of_cars_are_no_people(name: str) -> None:
    makes = ["Alfa Romeo", "Land Rover", "Mercedes Benz", "Aston Martin", "Rolls Royce"]
    assert detect_column(name, _repeat(makes)).kind == "categorical"


@pytest.mark.parametrize(
    "texts",
    [
        ["苏州", "成都", "安徽", "武汉"],
        ["白色", "黄色", "金色"],
        ["금액", "서울", "고객"],
        ["Новая", "Закрыта", "В работе"],
    ],
)
def test_towns_and_words_of_other_scripts_are_categories(texts: list[str]) -> None:
    finding = detect_column("x", _repeat(texts))
    assert (finding.kind, finding.alternatives) == ("categorical", ())


def test_names_that_no_list_knows_are_told_with_the_command_that_replaces_them() -> None:
    somali = ["Abdirahman Warsame", "Ifrah Cabdi", "Hodan Nuur", "Ayaanle Diriye"]
    table = pd.DataFrame({"x": _repeat(somali), "branch": _repeat(THINGS["branch_name"])})
    spec = detect(table, "t", date(2026, 1, 1))[0]
    (doubt,) = describe_unsure(spec)
    assert "x.kind=person_name" in doubt


def test_one_person_in_every_row_is_no_constant() -> None:
    assert detect_column("customer_name", pd.Series(["Anna Schmidt"] * 40)).kind == "person_name"


FIRST = [f"{start}{end}" for start in ("Xi", "Qo", "Zu", "Wy", "Ngu") for end in ("la", "mbe", "ran")]
UNKNOWN = [f"{first} {last}" for first in FIRST for last in ("Tkachuk", "Okoro", "Haddadi", "Uzun")]


def test_names_from_no_list_need_a_header_that_says_so_or_many_values() -> None:
    assert detect_column("customer", pd.Series(UNKNOWN)).kind == "person_name"
    assert detect_column("customer_name", _repeat(UNKNOWN[:4])).kind == "person_name"
    assert detect_column("customer", _repeat(UNKNOWN[:4])).kind == "person_name"
    assert detect_column("contract", _repeat(UNKNOWN[:4])).kind == "categorical"
    assert detect_column("product_name", _repeat(UNKNOWN[:4])).kind == "categorical"


def test_doubt_is_told_where_no_header_confirms_a_name() -> None:
    assert detect_column("x", _repeat(PEOPLE)).alternatives == ("categorical",)
    assert detect_column("client_name", _repeat(PEOPLE)).alternatives == ()


@pytest.mark.parametrize(
    ("name", "texts", "kind"),
    [
        ("Vorname", ["Dieter", "Anke", "Bernd", "Karin"], "first_name"),
        ("Nachname", ["Jäger", "Krüger", "Müller", "Schmidt"], "last_name"),
        ("prenom", ["Marie", "Jean", "Luc", "Chloé"], "first_name"),
        ("surname", ["Ash", "Birch", "Cedar", "Dogwood", "Elm"], "last_name"),
        ("first_name", ["basic", "plus", "pro", "max"], "categorical"),
        ("product_family_name", ["Ash", "Birch", "Cedar", "Dogwood", "Elm"], "categorical"),
    ],
)
def test_first_and_last_names_need_values_of_their_form(name: str, texts: list[str], kind: str) -> None:
    assert detect_column(name, _repeat(texts)).kind == kind


_FIRST = ("Małgorzata", "Océane", "Anna", "Jürgen", "Priya", "José", "François", "Ayşe", "Björn", "Elżbieta")
_LAST = ("Lefèvre", "Reddy", "Müller", "Kowalski", "Çelik", "García", "Smith", "Johansson", "Rossi", "Dubois")


@pytest.mark.parametrize(
    ("write", "options"),
    [
        (lambda first, last: f"{last} {first}".upper(), {"case": "upper", "order": "last_first_bare"}),
        (lambda first, last: f"{last} {first}", {"order": "last_first_bare"}),
        (lambda first, last: f"{first} {last}".upper(), {"case": "upper"}),
        (lambda first, last: f"{last}, {first}".upper(), {"case": "upper", "order": "last_first"}),
    ],
    ids=["capitals, last name first", "last name first", "capitals", "comma"],
)
def test_names_in_capitals_and_with_accents_are_names_in_their_order(
    write: Callable[[str, str], str], options: dict[str, str]
) -> None:
    names = [write(first, last) for first in _FIRST for last in _LAST][::2]
    table = pd.DataFrame({"holder": _repeat(names, 800), "amount": np.arange(800) / 7})
    found = detect(table, "t", date(2026, 1, 1))[0].columns[0]
    assert (found.kind, {key: found.options.get(key) for key in options}) == ("person_name", options)
    assert "order" in options or "order" not in found.options
