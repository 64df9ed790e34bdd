"""Addresses of web pages and networks: what the table's have in common, and something invented between."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

import numpy as np

from pipeline.identity.address import redraw_protected
from pipeline.identity.generic import draw_words, faker_value
from pipeline.identity.permutation import Codes, Permutation
from pipeline.identity.task import ColumnTask

_FEWEST_NUMBERS = 10_000
_SCATTER = 0x9E3779B1  # odd, so that its multiples take every place of a network once


def url(task: ColumnTask) -> np.ndarray:
    """Texts like "https://www.gentle-river-4821.example/", each once in a unique column.

    Options `lead` and `tail` hold what all begin and end with; without them the addresses are Faker's.
    """
    options = task.column.options
    if "lead" not in options:
        return faker_value(task)
    lead, tail, rng = str(options["lead"]), str(options.get("tail", "")), task.stream()
    size = max(_FEWEST_NUMBERS, 10 ** len(str(task.request.job_rows)))
    numbers = task.pick(Codes(Permutation.seeded(size, task.job_seed())))
    endings = np.array([f"-{number}{tail}" for number in numbers.tolist()], dtype=object)

    def draw(rows: np.ndarray) -> np.ndarray:
        first, second = draw_words(rng, len(rows)), draw_words(rng, len(rows))
        return np.asarray(lead + first + "-" + second + endings[rows], dtype=object)

    return redraw_protected(task, draw)


def network_address(task: ColumnTask) -> np.ndarray:
    """Addresses such as 10.23.4.150 of the networks in the option `networks`; without it, Faker's."""
    options = task.column.options
    if not options.get("networks"):
        return faker_value(task)
    networks = [IPv4Network(str(text)) for text in options["networks"]]
    size = min(network.num_addresses for network in networks)
    order = Permutation.seeded(size * len(networks), task.job_seed())
    excluded = [code for text in task.protected() for code in _encode(str(text), networks, size)]
    numbers = task.pick(Codes(order, np.array(excluded, dtype=np.uint64)))
    return np.array([_address(int(number), networks, size) for number in numbers], dtype=object)


def _address(number: int, networks: list[IPv4Network], size: int) -> str:
    place, step = divmod(number, size)
    network = networks[place]
    return str(network[step * _SCATTER % network.num_addresses])


def _encode(text: str, networks: list[IPv4Network], size: int) -> Iterator[int]:
    """The number of a real address, where it has one."""
    try:
        address = IPv4Address(text)
    except ValueError:
        return
    for place, network in enumerate(networks):
        if address in network:
            offset = int(address) - int(network.network_address)
            step = offset * pow(_SCATTER, -1, network.num_addresses) % network.num_addresses
            yield from (place * size + step,) if step < size else ()
