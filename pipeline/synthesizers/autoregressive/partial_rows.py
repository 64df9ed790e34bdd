"""Rows that are written variable by variable, with the hidden units that they have so far."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate

import numpy as np
import torch
from torch.nn import functional

from pipeline.synthesizers.products import right_transposed_product


class RowNetwork:
    """Plain weights of the network, cut into what each variable needs when its turn comes.

    A variable's units depend on earlier variables only, so that a whole row costs one pass of the network.
    """

    def __init__(self, sizes: tuple[int, ...], weights: Mapping[str, np.ndarray]) -> None:
        tensors = {name: torch.from_numpy(array) for name, array in weights.items()}
        places = range(len(sizes))
        units = tuple(accumulate((weights[f"logits.{place}"].shape[1] for place in places), initial=0))
        codes = tuple(accumulate(sizes, initial=0))
        self.sizes, self.units = sizes, units
        self.starts = torch.tensor(codes[:-1])
        first = tensors["first"]
        self.first = [
            first[: max(codes[place], 1), units[place] : units[place + 1]].contiguous() for place in places
        ]
        self.first_bias = [tensors["first_bias"][units[place] : units[place + 1]] for place in places]
        self.second = [_rows_of(tensors, units[place], units[place + 1]) for place in places]
        self.second_bias = [tensors["second_bias"][units[place] : units[place + 1]] for place in places]
        self.heads = [(tensors[f"logits.{place}"], tensors[f"logits_bias.{place}"]) for place in places]


class PartialRows:
    """Rows of one block; `codes` has shape rows × variables and is filled from the left."""

    def __init__(self, network: RowNetwork, rows: int) -> None:
        self._network = network
        self.codes = np.zeros((rows, len(network.sizes)), dtype=np.int64)
        self._hidden = torch.empty(rows, network.units[-1])

    def compute_probabilities(self, variable: int) -> torch.Tensor:
        """The distribution of the next variable, shape rows × codes; never quite zero."""
        network = self._network
        begin, end = network.units[variable], network.units[variable + 1]
        own = torch.relu(self._sums(variable) + network.first_bias[variable])
        self._hidden[:, begin:end] = own
        second = right_transposed_product(self._hidden[:, :end], network.second[variable])
        weight, bias = network.heads[variable]
        logits = (
            right_transposed_product(own + torch.relu(second + network.second_bias[variable]), weight) + bias
        )
        # A floor keeps a category that a share asks for possible where softmax underflows.
        return torch.softmax(logits, dim=1) + 1e-12

    def place(self, variable: int, codes: np.ndarray) -> None:
        """Write one variable of all rows."""
        self.codes[:, variable] = codes

    def take(self, rows: np.ndarray) -> None:
        """Go on with these rows, in this order; a row may be taken more than once."""
        self.codes, self._hidden = self.codes[rows], self._hidden[torch.from_numpy(rows)]

    def _sums(self, variable: int) -> torch.Tensor:
        """What the codes so far add up to in the units of the next variable."""
        network = self._network
        if not variable:
            return torch.zeros(len(self.codes), network.units[1])
        positions = torch.from_numpy(self.codes[:, :variable]) + network.starts[:variable]
        return functional.embedding_bag(positions, network.first[variable], mode="sum")


def _rows_of(tensors: Mapping[str, torch.Tensor], begin: int, end: int) -> torch.Tensor:
    """The second-layer weights of the units from `begin` to `end`, out of the block that holds them."""
    start, block = 0, 0
    while start + len(tensors[f"second.{block}"]) <= begin:
        start += len(tensors[f"second.{block}"])
        block += 1
    return tensors[f"second.{block}"][begin - start : end - start, :end].contiguous()
