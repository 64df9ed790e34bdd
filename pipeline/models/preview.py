"""A few synthetic rows of a dataset whose description may not be kept yet."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pipeline.datasets import features
from pipeline.datasets.parsing import as_text
from pipeline.datasets.written import write_in_form
from pipeline.models.fitting import describe_fit, learn_rows
from pipeline.models.model import FittedModel, SampleRequest, plan_kept_rules
from pipeline.models.own_values import extract_unowned

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.datasets.dataset import Dataset
    from pipeline.settings import IdentityOptions

_MOST_ROWS = 2_000
_EPOCHS = 5


def preview_rows(dataset: Dataset, rows: int, options: IdentityOptions) -> pd.DataFrame:
    """Synthetic rows as text in the form of the source, of a small model that is not kept."""
    from pipeline.evaluation.reference import list_protected

    sample = _fit_small(dataset).sample(
        SampleRequest(
            rows=rows,
            seed=0,
            as_of=date.today(),
            shares=dict(dataset.spec.shares),
            options=options,
            protected=list_protected(dataset.spec, dataset.load_raw()),
        )
    )
    return write_in_form(dataset.spec, sample.table).apply(as_text)


def _fit_small(dataset: Dataset) -> FittedModel:
    from pipeline.models.training import fit_sampler
    from pipeline.synthesizers.recipe import Recipe

    spec = dataset.spec
    recipe = Recipe(synthesizer="autoregressive", epochs=_EPOCHS, use_hma=False, keep="last")
    rows, kept = dataset.split().training.head(_MOST_ROWS), plan_kept_rules(dataset)
    if kept is None:
        training, columns = extract_unowned(spec, rows), features.modelled_columns(spec)
    else:
        training, columns = learn_rows(kept, rows)
    fit = fit_sampler(training, columns, recipe)
    return FittedModel(describe_fit(dataset, recipe, fit, len(training)), spec, fit.sampler, kept)
