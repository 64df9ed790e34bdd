"""Which stages of a fit are measured."""

from __future__ import annotations

import pandas as pd
import pytest

from pipeline.evaluation.stages import HMA, PLAIN, REFINED
from pipeline.models.training import Fit
from pipeline.synthesizers.protocol import FitReport
from pipeline.synthesizers.refinement.record import RefinementRecord

INITIAL = pd.DataFrame({"value": [1.0, 2.0]})


class Constant:
    """Draws one value."""

    def __init__(self, value: float) -> None:
        self._value = value

    def sample(self, rows: int, seed: int) -> pd.DataFrame:
        return pd.DataFrame({"value": [self._value] * rows})


@pytest.mark.parametrize(
    ("initial", "record", "stages"),
    [
        (INITIAL, RefinementRecord(gains=(0.1,)), [HMA, PLAIN, REFINED]),
        (None, RefinementRecord(gains=(0.1,)), [PLAIN, REFINED]),
        (INITIAL, RefinementRecord(), [HMA, PLAIN]),
        (None, RefinementRecord(), []),
        (INITIAL, None, [HMA, PLAIN]),
        (None, None, []),
    ],
)
def test_every_stage_is_drawn_where_there_are_several(initial, record, stages):
    report = FitReport(1, 1, 0.0, False, ())
    fit = Fit(Constant(2.0), Constant(1.0), report, (), initial, record)
    drawn = fit.draw_stages(3, 0)
    assert list(drawn) == stages
    assert {name: table["value"].iloc[0] for name, table in drawn.items() if name != HMA} == {
        name: {PLAIN: 1.0, REFINED: 2.0}[name] for name in stages if name != HMA
    }
