"""From the generator's outputs to rows: tanh for scalars, a Gumbel-softmax for each one-hot group, and back.

With logits l, exponential noise e and temperature τ = 1/5, the Gumbel-softmax of a group is

    p_j = exp((l_j − ln e_j)/τ) / Σ_k exp((l_k − ln e_k)/τ) = (exp(5 l_j)/e_j⁵) / Σ_k (exp(5 l_k)/e_k⁵).

In double precision the right side needs no maximum of the group to stay finite, so that all groups are
normalised at once by one product with the membership matrix. Its derivative, for a gradient g by p, is
(p_j/τ)(g_j − Σ_k p_k g_k); that of tanh is 1 − tanh².
"""

from __future__ import annotations

import torch

from pipeline.synthesizers.ctgan.layout import Layout

_INVERSE_TEMPERATURE = 5.0
_LARGEST_LOGIT = 100.0
"""exp(5·100)/2⁻¹²⁵ still is a double; trained logits stay below 50."""


class Activations:
    """Forward and backward of the output layer for one layout."""

    def __init__(self, layout: Layout, device: torch.device) -> None:
        self._scalars = layout.scalars
        self._membership64 = torch.from_numpy(layout.membership).to(device)
        self._membership = self._membership64.float()

    def forward(self, logits: torch.Tensor, exponential: torch.Tensor, out: torch.Tensor) -> None:
        """Write rows into `out` (batch × width); `exponential` is the noise of the one-hot positions."""
        scalars = self._scalars
        torch.tanh(logits[:, :scalars], out=out[:, :scalars])
        squared = exponential * exponential
        noise = (squared.double() * squared).mul_(exponential)
        capped = logits[:, scalars:].clamp(-_LARGEST_LOGIT, _LARGEST_LOGIT)
        weights = capped.double().mul_(_INVERSE_TEMPERATURE).exp_().div_(noise)
        totals = weights @ self._membership64
        out[:, scalars:].copy_(weights.mul_(totals.reciprocal_() @ self._membership64.t()))

    def backward(self, rows: torch.Tensor, row_gradients: torch.Tensor, out: torch.Tensor) -> None:
        """Write the gradient by the logits into `out`, given the rows and the gradient by them."""
        scalars = self._scalars
        values = rows[:, :scalars]
        torch.mul(row_gradients[:, :scalars], 1.0 - values * values, out=out[:, :scalars])
        shares, gradients = rows[:, scalars:], row_gradients[:, scalars:]
        means = (shares * gradients) @ self._membership
        centred = torch.addmm(gradients, means, self._membership.t(), alpha=-1)
        torch.mul(centred.mul_(shares), _INVERSE_TEMPERATURE, out=out[:, scalars:])
