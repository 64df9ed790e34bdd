"""Matrix products in single precision, by oneDNN where a processor offers it.

`torch.mm` calls Intel's MKL, which keeps AVX-512 from processors of other makers; oneDNN, which torch
carries too, does not, and on an AMD EPYC it is twice as fast. Torch 2.13 reaches it for float32 only
through the operator of its compiler, `mkldnn::_linear_pointwise`, x wᵀ. That operator needs weights that
are packed, plainly or as the transpose of a packed matrix: with other strides it falls back to a reference
that is a hundred times slower. Elsewhere, and on a GPU, these are `torch.mm`.
"""

from __future__ import annotations

import torch

_HAS_ONEDNN = torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")


def product(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """left · right; `right` is packed."""
    if not _is_served(left, right):
        return torch.mm(left, right)
    return _linear(left, right.t())


def product_plus(left: torch.Tensor, right: torch.Tensor, addend: torch.Tensor) -> torch.Tensor:
    """left · right + addend, of the full shape; `right` is packed."""
    if not _is_served(left, right):
        return torch.addmm(addend, left, right)
    return torch.ops.mkldnn._linear_pointwise.binary(left, addend, right.t(), None, "add")


def left_transposed_product(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """leftᵀ · right; `right` is packed."""
    if not _is_served(left, right):
        return torch.mm(left.t(), right)
    return _linear(left.t(), right.t())


def right_transposed_product(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """left · rightᵀ; `right` is packed."""
    if not _is_served(left, right):
        return torch.mm(left, right.t())
    return _linear(left, right)


def _is_served(left: torch.Tensor, right: torch.Tensor) -> bool:
    is_ordinary = left.numel() > 0 and right.numel() > 0 and right.is_contiguous()
    return _HAS_ONEDNN and left.device.type == "cpu" and is_ordinary


def _linear(inputs: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return torch.ops.mkldnn._linear_pointwise(inputs, weight, None, "none", [], "")
