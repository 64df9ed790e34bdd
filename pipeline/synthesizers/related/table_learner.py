"""One table with an owner, or of many rows: its codes, its contexts and the training of its network."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

import numpy as np

from pipeline.synthesizers.related.attributes import Attribute, Columns
from pipeline.synthesizers.related.contexts import ContextBins, ContextCode
from pipeline.synthesizers.related.course import Course
from pipeline.synthesizers.related.sequences import SequenceModel, SiblingContext
from pipeline.synthesizers.related.siblings import Siblings
from pipeline.synthesizers.related.tables import COUNT, DEPTH, MEAN, OWN, PICK, SPAN, Frame
from pipeline.synthesizers.related.training import GivenTrainer, make_layout
from pipeline.synthesizers.related.variables import Role
from pipeline.synthesizers.related.writing import Writer, Written

_MOST_UNORDERED = 8
"""Running means of many siblings without an order feed on themselves: numbers drift away."""
_MOST_ROWS = 300_000
_FEWEST_OWNERS = 8
_OF_SIBLINGS = (OWN, PICK, DEPTH, COUNT, MEAN)


class TableLearner:
    """Learns the rows of `frame` given `above`, what they know of their ancestors.

    `knows_owners` where new rows will have the very owners of these: a public table's.
    """

    def __init__(
        self,
        frame: Frame,
        above: Columns,
        above_attributes: Mapping[str, Attribute],
        course: Course,
        place: int,
        knows_owners: bool = False,
    ) -> None:
        order = _sort_siblings(frame, course.seed_of(place))
        self._node, self._attributes = frame.node, frame.attributes
        self._groups = frame.groups[order]
        self._values = {key: values[order] for key, values in frame.values.items() if key in frame.attributes}
        self._above = {name: values[order] for name, values in above.items()}
        self._above_attributes, self._course, self._place = above_attributes, course, place
        self._knows_owners = knows_owners
        numbers = [key for key, one in self._attributes.items() if not one.is_category]
        self._siblings = Siblings.of_rows(self._values, self._groups, numbers)

    def learn(self) -> SequenceModel:
        """The fitted table."""
        writer = Writer(self._node, self._siblings, self._above, self._above_attributes)
        written, codes = writer.write(self._attributes, self._values)
        context = self._choose_context(written)
        above, above_codes = self._encode(self._above, self._above_attributes, is_above=True)
        found = context.describe(self._siblings, self._above)
        near, near_codes = self._encode(found, self._attributes_of(found), is_above=False)
        table = np.concatenate([above_codes, near_codes, codes], axis=1)
        parts = list(chain.from_iterable(one.variables for one in written))
        sizes = (*above.sizes, *near.sizes, *(size for part in parts for size in part.sizes))
        ordered = (*above.ordered, *near.ordered, *(part.ordered for part in parts for _ in part.sizes))
        weights = self._train(table, sizes, ordered, above_codes.shape[1] + near_codes.shape[1])
        return SequenceModel(above, near, context, written, self._node.natural, weights)

    def _train(
        self, codes: np.ndarray, sizes: tuple[int, ...], ordered: tuple[int, ...], given: int
    ) -> dict[str, np.ndarray]:
        rows = self._choose_rows()
        chosen = codes[rows]
        layout = make_layout(chosen, sizes, ordered, given)
        recipe, seed = self._course.recipe_of(len(rows)), self._course.seed_of(self._place)
        trainer = GivenTrainer(
            layout, chosen, given, self._units[rows], seed, recipe.batch_size, self._course.device
        )
        weights = self._course.train(trainer, chosen, recipe, self._node.table)
        return trainer.compute_plain(trainer.calibrate(weights))

    @property
    def _units(self) -> np.ndarray:
        """What is held out as a whole: owners, or rows where the owners of new rows are the same or few."""
        is_known = self._knows_owners or len(np.unique(self._groups)) < _FEWEST_OWNERS
        return np.arange(len(self._groups)) if is_known else self._groups

    def _choose_rows(self) -> np.ndarray:
        """All rows, or those of enough owners."""
        if len(self._groups) <= _MOST_ROWS:
            return np.arange(len(self._groups))
        names, counts = np.unique(self._groups, return_counts=True)
        order = np.random.default_rng(self._course.seed_of(self._place)).permutation(len(names))
        kept = order[np.cumsum(counts[order]) <= max(_MOST_ROWS, counts[order[0]])]
        return np.flatnonzero(np.isin(self._groups, names[kept]))

    def _choose_context(self, written: tuple[Written, ...]) -> SiblingContext:
        is_long = bool((self._siblings.place > 0).any())
        has_order = bool(self._node.order or self._node.natural)
        parents = len(np.unique(self._groups))
        if not is_long or not (has_order or len(self._groups) <= _MOST_UNORDERED * parents):
            # Siblings without an order and without memory are exchangeable: their places say nothing.
            return SiblingContext()
        keys = [key for key in self._attributes if key.startswith(_OF_SIBLINGS)]
        gapped = [one.key for one in written if any(part.role is Role.GAP for part in one.variables)]
        spans = {key: f"0/{SPAN}{self._node.name}/{key}" for key in gapped}
        return SiblingContext(
            True,
            tuple(keys),
            tuple(key for key in keys if not self._attributes[key].is_category),
            {key: name for key, name in spans.items() if name in self._above},
        )

    def _attributes_of(self, found: Columns) -> dict[str, Attribute]:
        """The attributes of contexts that hold the values of a column as they are."""
        return {
            name: self._attributes[key]
            for name in found
            if (key := name.partition("/")[2]) in self._attributes and name.startswith("previous/")
        }

    def _encode(
        self, contexts: Columns, attributes: Mapping[str, Attribute], is_above: bool
    ) -> tuple[ContextCode, np.ndarray]:
        distinct = len(np.unique(self._groups)) if is_above else len(self._groups)
        bins = {}
        for name, values in contexts.items():
            one = attributes.get(name)
            is_category, step = (one.is_category, one.step) if one else (False, 0.0)
            seen = self._list_once(name, values) if is_above and not is_category else values
            bins[name] = ContextBins.learn(seen, is_category, step, distinct)
        code = ContextCode(bins)
        return code, code.encode(contexts, len(self._groups))

    def _list_once(self, name: str, values: np.ndarray) -> np.ndarray:
        """The values of an ancestor's column: one for each owner, and further up each distinct one once.

        What the children of one row repeat is no value that people share.
        """
        firsts = np.unique(self._groups, return_index=True)[1]
        return values[firsts] if name.startswith("0/") else np.unique(values[firsts])


def _sort_siblings(frame: Frame, seed: int) -> np.ndarray:
    """Rows by owner, siblings in order, or shuffled where there is none: a file's order says nothing."""
    key = frame.node.natural or frame.node.order
    values = frame.values.get(key)
    if values is None:
        values = np.random.default_rng(seed).random(frame.rows)
    return np.lexsort([values, frame.groups])
