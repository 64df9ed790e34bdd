"""Yes and no as they are written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from pipeline.datasets.forms.cells import Cells
from pipeline.datasets.forms.form import Reading, refuse_unless
from pipeline.datasets.forms.hints import Hints, Proposal
from pipeline.datasets.forms.words import is_missing_word

PAIRS = (
    ("true", "false"), ("yes", "no"), ("y", "n"), ("t", "f"), ("ja", "nein"), ("j", "n"), ("oui", "non"),
    ("o", "n"), ("wahr", "falsch"), ("vrai", "faux"), ("sí", "no"), ("si", "no"), ("s", "n"), ("sim", "não"),
    ("tak", "nie"), ("vero", "falso"), ("verdadero", "falso"), ("on", "off"),
)  # fmt: skip
_MOST_SHAPES = 50


@dataclass(frozen=True)
class BooleanForm:
    """The two words for true and false; values are pandas' nullable booleans.

    Reading takes the words in any case where they differ by more than that.
    """

    true: str = "true"
    false: str = "false"

    kind: ClassVar[str] = "boolean"

    def __post_init__(self) -> None:
        """Refuse what would not be read back."""
        for key, word in (("true", self.true), ("false", self.false)):
            is_word = isinstance(word, str) and bool(word) and word == word.strip()
            refuse_unless(is_word, self.kind, key, word, "use two different words in quotes.")
        is_pair = self.true.lower() != self.false.lower()
        refuse_unless(is_pair, self.kind, "false", self.false, "use two different words.")

    def read(self, texts: pd.Series) -> Reading:
        """Read the two words as booleans."""
        return self.read_cells(Cells.of(texts), texts)

    def read_cells(self, cells: Cells, texts: pd.Series) -> Reading:
        """Read cells that are grouped already; `texts` gives index and name."""
        words = pc.utf8_lower(cells.texts)
        is_true, is_false = (
            pc.equal(words, word.lower()).fill_null(False).to_numpy(zero_copy_only=False)
            for word in (self.true, self.false)
        )
        is_unread = ~(is_true | is_false)
        values = pd.Series(pd.array(is_true, dtype="boolean"), index=texts.index, name=texts.name)
        return Reading(values.mask(is_unread), is_unread & ~cells.is_missing)

    def write(self, values: pd.Series) -> pd.Series:
        """Write booleans as the two words."""
        states = values.astype("boolean")
        texts = np.where(states.fillna(False).to_numpy(dtype=bool), self.true, self.false).astype(object)
        texts[states.isna().to_numpy()] = None
        return pd.Series(texts, index=values.index, name=values.name, dtype=object)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for YAML: the kind, and the words that differ from true and false."""
        words = {"true": self.true, "false": self.false}
        return {"kind": self.kind, **(words if (self.true, self.false) != ("true", "false") else {})}


def propose_boolean(cells: Cells, hints: Hints) -> Proposal | None:
    """The pair of words that all cells hold, apart from words for missing; None unless both occur."""
    if len(cells.shapes) > _MOST_SHAPES:
        return None
    more = frozenset(word.lower() for word in hints.missing)
    spelled: dict[str, Counter[str]] = {}
    for code, shape in enumerate(cells.shapes):
        word = shape.decode()
        if not is_missing_word(word, more):
            spelled.setdefault(word.lower(), Counter())[word] += cells.count(code)
    for true, false in PAIRS:
        if set(spelled) == {true, false}:
            words = (spelled[word].most_common(1)[0][0] for word in (true, false))
            return Proposal(BooleanForm(*words), "the cells hold the two words of a known pair")
    return None
