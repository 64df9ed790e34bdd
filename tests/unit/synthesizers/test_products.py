"""Products by oneDNN equal plain ones, for every form and stride that training uses."""

from __future__ import annotations

import pytest
import torch

from pipeline.synthesizers import products

LEFT = torch.randn(20, 48, generator=torch.Generator().manual_seed(1))
INPUTS = LEFT[:, 16:]
WEIGHT = torch.randn(40, 24, generator=torch.Generator().manual_seed(2))[:32]
SIGNAL = torch.randn(20, 24, generator=torch.Generator().manual_seed(3))


@pytest.fixture(params=[True, False], ids=["as installed", "without oneDNN"], autouse=True)
def _backend(request, monkeypatch):
    if not request.param:
        monkeypatch.setattr(products, "_HAS_ONEDNN", False)


def _equal(ours, expected):
    return torch.allclose(ours.double(), expected, rtol=1e-4, atol=1e-4)


def test_product_of_a_slice():
    assert _equal(products.product(INPUTS, WEIGHT), INPUTS.double() @ WEIGHT.double())


def test_product_plus_leaves_the_addend_alone():
    addend = SIGNAL.clone()
    ours = products.product_plus(INPUTS, WEIGHT, addend)
    assert _equal(ours, INPUTS.double() @ WEIGHT.double() + SIGNAL.double())
    assert torch.equal(addend, SIGNAL)


def test_left_transposed_product():
    ours = products.left_transposed_product(INPUTS, SIGNAL)
    assert _equal(ours, INPUTS.double().t() @ SIGNAL.double())


def test_right_transposed_product():
    ours = products.right_transposed_product(SIGNAL, WEIGHT)
    assert _equal(ours, SIGNAL.double() @ WEIGHT.double().t())


def test_strided_weight_and_empty_inputs_are_served_by_torch():
    strided = torch.randn(32, 48)[:, ::2]
    assert _equal(products.product(INPUTS, strided), INPUTS.double() @ strided.double())
    assert products.product(torch.empty(3, 0), torch.empty(0, 4)).shape == (3, 4)
