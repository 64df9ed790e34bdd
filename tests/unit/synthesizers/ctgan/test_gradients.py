"""The hand-written gradients against autograd through ctgan's own modules, on the same random numbers."""

from __future__ import annotations

from collections import defaultdict
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from ctgan.data_transformer import SpanInfo
from ctgan.synthesizers.ctgan import CTGAN as UpstreamCTGAN
from ctgan.synthesizers.ctgan import Discriminator as UpstreamDiscriminator
from ctgan.synthesizers.ctgan import Generator as UpstreamGenerator

from pipeline.synthesizers.ctgan.layout import Layout
from pipeline.synthesizers.ctgan.noise import Noise
from pipeline.synthesizers.ctgan.parameters import Parameters
from pipeline.synthesizers.ctgan.trainer import Trainer, TrainingOptions
from pipeline.synthesizers.ctgan.transformer import EncodedRows

BATCH, PACK, ROWS = 100, 10, 300
PACKS = BATCH // PACK
TOLERANCE = 1e-6

# Upstream keeps the columns in table order: number, category, number, category.
MIXED = Layout((7, 2), (4, 3))
MIXED_SPANS = [
    [SpanInfo(1, "tanh"), SpanInfo(4, "softmax")],
    [SpanInfo(7, "softmax")],
    [SpanInfo(1, "tanh"), SpanInfo(3, "softmax")],
    [SpanInfo(2, "softmax")],
]
MIXED_ORDER = [0, 11, 12, 13, 14, *range(2, 9), 1, 15, 16, 17, 9, 10]

NUMBERS = Layout((), (4, 3))
NUMBERS_SPANS = [MIXED_SPANS[0], MIXED_SPANS[2]]
NUMBERS_ORDER = [0, 2, 3, 4, 5, 1, 6, 7, 8]

CATEGORIES = Layout((7, 2), ())
CATEGORIES_SPANS = [MIXED_SPANS[1], MIXED_SPANS[3]]
CATEGORIES_ORDER = list(range(9))

CASES = [
    pytest.param(MIXED, MIXED_SPANS, MIXED_ORDER, id="mixed"),
    pytest.param(NUMBERS, NUMBERS_SPANS, NUMBERS_ORDER, id="numbers only"),
    pytest.param(CATEGORIES, CATEGORIES_SPANS, CATEGORIES_ORDER, id="categories only"),
]


class FixedDropout(torch.nn.Module):
    """Dropout whose masks were drawn before; each call takes the next part."""

    def __init__(self, parts):
        super().__init__()
        self.parts = list(parts)

    def forward(self, values):
        return values * self.parts.pop(0).float() * 2


@pytest.fixture
def drawn(monkeypatch):
    """Every random tensor of a step, by the method of Noise that drew it."""
    record = defaultdict(list)
    for method in ("uniform", "exponential", "coins"):
        monkeypatch.setattr(Noise, method, _recorded(getattr(Noise, method), record[method]))
    fill = Noise.fill_normal

    def fill_normal(self, out):
        fill(self, out)
        record["normal"].append(out.clone())

    monkeypatch.setattr(Noise, "fill_normal", fill_normal)
    return record


def _recorded(method, record):
    def draw(self, *shape):
        values = method(self, *shape)
        record.append(values.clone())
        return values

    return draw


def _still_trainer(layout):
    rng = np.random.default_rng(3)
    scalars = rng.uniform(-0.9, 0.9, (ROWS, layout.scalars)).astype(np.float32)
    codes = np.column_stack([rng.integers(0, size, ROWS) for size in layout.group_sizes])
    options = TrainingOptions(BATCH, generator_rate=0.0, discriminator_rate=0.0, weight_decay=0.0)
    return Trainer(EncodedRows(scalars, codes), layout, options, seed=5)


def _upstream_generator(trainer, layout, order):
    weights = trainer.generator.parameters
    module = UpstreamGenerator(128 + layout.conditions, (256, 256), layout.width)
    with torch.no_grad():
        for layer in range(2):
            residual = module.seq[layer]
            residual.fc.weight.copy_(weights[f"layer{layer}.weight"].t())
            residual.fc.bias.zero_()
            residual.bn.weight.copy_(weights[f"layer{layer}.scale"])
            residual.bn.bias.copy_(weights[f"layer{layer}.shift"])
        module.seq[2].weight.copy_(weights["output.weight"].t()[order])
        module.seq[2].bias.copy_(weights["output.bias"][order])
    return module


def _upstream_discriminator(trainer, layout, order, masks):
    weights = trainer.discriminator.parameters
    module = UpstreamDiscriminator(layout.width + layout.conditions, (256, 256), PACK)
    with torch.no_grad():
        module.seq[0].weight.copy_(_interleaved(weights["layer0.weight"], layout, order).t())
        for position, name in ((0, "layer0"), (3, "layer1"), (6, "output")):
            module.seq[position].bias.copy_(weights[f"{name}.bias"])
        module.seq[3].weight.copy_(weights["layer1.weight"].t())
        module.seq[6].weight.copy_(weights["output.weight"].t())
    for position, mask in zip((2, 5), masks, strict=True):
        module.seq[position] = FixedDropout(mask.split(PACKS))
    return module


def _interleaved(first_weight, layout, order):
    """Our first weight, rows of a pack before its conditions, in upstream's order of row, condition, row …"""
    rows, conditions = first_weight.split([PACK * layout.width, PACK * layout.conditions])
    rows = rows.view(PACK, layout.width, 256)[:, order]
    return torch.cat([rows, conditions.view(PACK, layout.conditions, 256)], dim=1).flatten(0, 1)


def _one_hot(positions, layout):
    if positions is None:
        return torch.empty(BATCH, 0)
    return torch.nn.functional.one_hot(positions, layout.conditions).float()


def _activated(logits, spans, exponential, layout, order):
    """Upstream's output layer, with the exponential noise given in our order."""
    noise = torch.ones(BATCH, layout.width)
    noise[:, layout.scalars :] = exponential
    noise = noise[:, order]
    parts, start = [], 0
    for span in (span for column in spans for span in column):
        end = start + span.dim
        values = logits[:, start:end]
        gumbel = -noise[:, start:end].log()
        parts.append(
            torch.tanh(values)
            if span.activation_fn == "tanh"
            else torch.softmax((values + gumbel) / 0.2, dim=1)
        )
        start = end
    return torch.cat(parts, dim=1)


def _relative(ours, theirs):
    return float((ours - theirs).norm() / theirs.norm())


@pytest.mark.parametrize(("layout", "spans", "order"), CASES)
def test_discriminator_gradients_equal_autograd_with_penalty(layout, spans, order, drawn, monkeypatch):
    trainer = _still_trainer(layout)
    with torch.inference_mode():
        draws = trainer._draw(1)
        loss = trainer.learn_discriminator(draws, 0)
    draws, loss = _plain(draws), loss.clone()

    fake_conditions, real_conditions = _halves(draws.discriminator)
    noise = torch.cat([drawn["normal"][0], _one_hot(fake_conditions, layout)], dim=1)
    logits = _upstream_generator(trainer, layout, order)(noise)
    fake = _activated(logits, spans, drawn["exponential"][0], layout, order).detach()
    real = _real_rows(trainer, draws.rows[0], layout)[:, order]
    discriminator = _upstream_discriminator(trainer, layout, order, drawn["coins"])
    fake_inputs = torch.cat([fake, _one_hot(fake_conditions, layout)], dim=1).requires_grad_()
    real_inputs = torch.cat([real, _one_hot(real_conditions, layout)], dim=1)
    expected = discriminator(fake_inputs).mean() - discriminator(real_inputs).mean()
    alpha = next(values for values in drawn["uniform"] if values.shape == (PACKS, 1))
    monkeypatch.setattr(torch, "rand", lambda *shape, **_: alpha.clone().view(PACKS, 1, 1))
    penalty = discriminator.calc_gradient_penalty(real_inputs, fake_inputs, "cpu", PACK)
    (expected + penalty).backward()

    ours = trainer.discriminator.parameters
    assert float(loss) == pytest.approx(float(expected.detach()), abs=1e-6)
    first = _interleaved(ours.gradient("layer0.weight"), layout, order)
    assert _relative(first, discriminator.seq[0].weight.grad.t()) < TOLERANCE
    for position, name in ((3, "layer1"), (6, "output")):
        theirs = discriminator.seq[position].weight.grad.t()
        assert _relative(ours.gradient(f"{name}.weight"), theirs) < TOLERANCE
    for position, name in ((0, "layer0"), (3, "layer1")):
        assert _relative(ours.gradient(f"{name}.bias"), discriminator.seq[position].bias.grad) < TOLERANCE
    assert float(ours.gradient("output.bias")) == 0.0


@pytest.mark.parametrize(("layout", "spans", "order"), CASES)
def test_generator_gradients_equal_autograd_with_condition_loss(layout, spans, order, drawn):
    trainer = _still_trainer(layout)
    with torch.inference_mode():
        draws = trainer._draw(1)
        loss = trainer.learn_generator(draws, 0)
    draws, loss = _plain(draws), loss.clone()

    conditions = None if draws.generator is None else draws.generator[0]
    one_hot = _one_hot(conditions, layout)
    generator = _upstream_generator(trainer, layout, order)
    logits = generator(torch.cat([drawn["normal"][0], one_hot], dim=1))
    fake = _activated(logits, spans, drawn["exponential"][0], layout, order)
    discriminator = _upstream_discriminator(trainer, layout, order, drawn["coins"])
    expected = -discriminator(torch.cat([fake, one_hot], dim=1)).mean()
    if conditions is not None:
        field = torch.from_numpy(layout.group_of_condition)[conditions]
        demanded = torch.nn.functional.one_hot(field, len(layout.category_sizes))
        upstream = SimpleNamespace(_transformer=SimpleNamespace(output_info_list=spans))
        expected = expected + UpstreamCTGAN._cond_loss(upstream, logits, one_hot, demanded)
    expected.backward()

    ours = trainer.generator.parameters
    assert float(loss) == pytest.approx(float(expected.detach()), abs=1e-5)
    for layer in range(2):
        residual = generator.seq[layer]
        assert _relative(ours.gradient(f"layer{layer}.weight"), residual.fc.weight.grad.t()) < TOLERANCE
        assert _relative(ours.gradient(f"layer{layer}.scale"), residual.bn.weight.grad) < TOLERANCE
        assert _relative(ours.gradient(f"layer{layer}.shift"), residual.bn.bias.grad) < TOLERANCE
        running = torch.from_numpy(trainer.generator.arrays[f"layer{layer}.variance"])
        assert _relative(running, residual.bn.running_var) < TOLERANCE
    output = generator.seq[2]
    assert _relative(ours.gradient("output.weight").t()[order], output.weight.grad) < TOLERANCE
    assert _relative(ours.gradient("output.bias")[order], output.bias.grad) < TOLERANCE


def _plain(draws):
    """Draws as ordinary tensors, which autograd accepts."""
    parts = (draws.discriminator, draws.generator, draws.rows)
    return type(draws)(*(None if part is None else part.clone() for part in parts))


def _halves(conditions):
    return (None, None) if conditions is None else conditions[0].split(BATCH)


def _real_rows(trainer, rows, layout):
    real = torch.zeros(BATCH, layout.width)
    real[:, : layout.scalars] = trainer._scalars[rows]
    return real.scatter_(1, trainer._positions[rows], 1.0)


def test_updates_are_those_of_upstreams_adam():
    ours = Parameters({"a": (3, 5), "b": (4,)}, torch.device("cpu"))
    rng, random = np.random.default_rng(0), torch.Generator().manual_seed(0)
    for name in ("a", "b"):
        ours.draw(name, 5, rng)
    theirs = {name: torch.nn.Parameter(ours[name].clone()) for name in ("a", "b")}
    adam = torch.optim.Adam(theirs.values(), lr=2e-3, betas=(0.5, 0.9), weight_decay=1e-2)
    for _ in range(20):
        for name, weight in theirs.items():
            weight.grad = torch.randn(weight.shape, generator=random)
            ours.gradient(name).copy_(weight.grad)
        adam.step()
        ours.update(2e-3, 1e-2)
    for name, weight in theirs.items():
        assert torch.allclose(ours[name], weight.detach(), rtol=1e-5, atol=1e-7), name
