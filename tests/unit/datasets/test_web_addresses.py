"""Web addresses keep their scheme, their host where all share it, and the fixed words of their paths."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network

import pytest

from pipeline.datasets.web_addresses import learn_address_codes, learn_address_frame, learn_networks
from pipeline.identity import derive
from tests.unit.identity.identity_cases import column, request

WORDS = (
    "amber",
    "birch",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "heron",
    "ivory",
    "jade",
    "kiosk",
    "lotus",
)


@pytest.mark.parametrize(
    ("texts", "pattern"),
    [
        (
            [f"https://bank.example/c/{100_000 + 37 * n}/pay" for n in range(100)],
            r"https://bank\.example/c/\d{6}/pay",
        ),
        ([f"http://x.test/u?id={n:05d}" for n in range(0, 9_000, 45)], r"http://x\.test/u\?id=\d{5}"),
        ([f"www.shop.example/p/{n:04d}.html" for n in range(400)], r"www\.shop\.example/p/\d{4}\.html"),
    ],
)
def test_addresses_that_differ_in_a_code_keep_all_else(texts: list[str], pattern: str) -> None:
    template = learn_address_codes(texts)
    assert template is not None
    assert all(re.fullmatch(pattern, text) for text in texts)
    values = derive(request([column("x", "code", is_unique=True, **template.as_options())], 200))["x"]
    assert all(re.fullmatch(pattern, value) for value in values)
    assert len(set(values)) == 200


@pytest.mark.parametrize(
    ("texts", "lead", "tail"),
    [
        ([f"https://www.{word}.example/" for word in WORDS], "https://www.", ".example/"),
        ([f"https://{word}.de/shop/start" for word in WORDS], "https://", ".de/shop/start"),
        ([f"https://a.test/docs/{word}.html" for word in WORDS], "https://a.test/docs/", ".html"),
        ([f"https://{word}.{word}.x{n}/{word}" for n, word in enumerate(WORDS)], "https://", ".example/"),
        ([f"http{'s' * (n % 3 > 0)}://{word}.org/" for n, word in enumerate(WORDS)], "https://", ".example/"),
        (["https://anna.test/private", "https://anna.test/family"], "https://", ".example/"),
    ],
)
def test_of_other_addresses_beginning_and_end_are_kept(texts: list[str], lead: str, tail: str) -> None:
    assert learn_address_codes(texts) is None
    assert learn_address_frame(texts) == {"lead": lead, "tail": tail}
    unique = column("x", "faker:url", is_unique=True, lead=lead, tail=tail)
    whole = derive(request([unique], 12_000))["x"]
    assert len(set(whole)) == 12_000
    assert all(value.startswith(lead) and value.endswith(tail) and " " not in value for value in whole)
    parts = [derive(request([unique], 100, first_row=first, total_rows=200))["x"] for first in (0, 100)]
    assert len({*parts[0], *parts[1]}) == 200


def test_addresses_without_a_learned_form_are_as_before() -> None:
    assert all(value.startswith("http") for value in derive(request([column("x", "faker:url")], 20))["x"])


@pytest.mark.parametrize(
    ("texts", "networks"),
    [
        ([f"10.3.{row % 7}.{row}" for row in range(200)], ["10.0.0.0/8"]),
        ([f"192.168.{row % 3}.{row}" for row in range(200)], ["192.168.0.0/16"]),
        ([f"{('10.9', '172.20')[row % 2]}.4.{row}" for row in range(200)], ["10.0.0.0/8", "172.16.0.0/12"]),
        (["8.8.8.8", *(f"10.3.0.{row}" for row in range(200))], []),
        (["fd00::1"], []),
    ],
)
@pytest.mark.parametrize("is_unique", [True, False])
def test_addresses_of_private_networks_stay_in_them(
    texts: list[str], networks: list[str], is_unique: bool
) -> None:
    options = learn_networks(texts)
    assert options.get("networks", []) == networks
    made = derive(
        request([column("ip", "faker:ipv4", is_unique=is_unique, **options)], 500, protected={"ip": texts})
    )
    assert not set(made["ip"]) & set(texts)
    assert not is_unique or len(set(made["ip"])) == 500
    if networks:
        known = [IPv4Network(network) for network in networks]
        counts = [sum(IPv4Address(text) in network for text in made["ip"]) for network in known]
        assert sum(counts) == 500
        assert min(counts) > 500 / len(known) * 0.8
