"""What a verdict says first: why, and what to do next, one plain sentence each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pipeline.evaluation.privacy.real_codes import REMEDY
from pipeline.evaluation.results import Verdict


@dataclass(frozen=True)
class Advice:
    """Why a table has its verdict, and what to do next."""

    reason: str
    next_step: str


_REPORT_IT = "Do not use this table; report the dataset and the seed to an administrator."
_RETRAIN = "Do not share this table; train with HMA first, or for fewer epochs, and generate again."
_REVIEW = (
    "Read the findings under Privacy, and accept them with your name; or train with HMA first, or for fewer "
    "epochs, and generate again."
)

PASSED = Advice("No measure gives a reason not to share this table.", "Share it together with its evidence.")
INVALID = Advice("Rows of this table break rules of the dataset.", _REPORT_IT)
REAL_VALUES = Advice("Identity values of real people are in this table.", _REPORT_IT)
WORSE = Advice(
    "The table is less like the real one than independent columns would be.",
    "Train for more epochs, or let auto choose the synthesizer, and generate again; shares that were asked "
    "for lower the score too.",
)
LOW_SCORES = Advice(
    "The table is clearly less like the real one than other real rows are.",
    "Train for more epochs, or let auto choose the synthesizer, and generate again.",
)
HEAPED = (
    "Use it only where that column does not matter, or let auto choose the synthesizer and generate again."
)
DETECTED = Advice(
    "A classifier tells the synthetic rows from real ones too easily.",
    "Read the section Detection: it names the columns that give the rows away.",
)
LITTLE_TAUGHT = Advice(
    "A model learns less than half as much from this table as from real rows.",
    "Do not train models on it; train for more epochs, or let auto choose the synthesizer.",
)
BROKEN_KEYS = Advice(
    "Rows of these tables lack their parent, or repeat a key.",
    "Do not use these tables; report the dataset and the seed to an administrator.",
)
BROKEN_RULES = Advice("Rows of these tables break rules of the dataset.", BROKEN_KEYS.next_step)
COPIED_RELATIONS = Advice(
    "Rows repeat real rows together with those of their parent.",
    "Read the findings on that relation, and accept them with your name; or train for fewer epochs.",
)
UNLIKE_RELATIONS = Advice(
    "A classifier tells rows beside their parent from real ones too easily.",
    "Read what is said of that relation; train for more epochs, or take another synthesizer.",
)
UNLIKE_COUNTS = Advice(
    "Rows have a parent, or parents have rows, clearly more or less often than in the sample.",
    "Read what is said of that relation; train for more epochs, or take another synthesizer.",
)

_REASONS: Mapping[str, str] = {
    "real_codes": "Codes that identify real people are in this table.",
    "identity_combinations": "Two facts of one real person come back together in one row.",
    "lone_rows_found": "Rows of real people that no other real row equals are in this table.",
    "exact_copies": "More rows equal a row that the model learned from than chance explains.",
    "training_rows_repeated": "More rows that the model learned from come back than chance explains.",
    "repeated_exports": "All exported tables of this dataset repeat more real rows than chance explains.",
    "near_copies": "More rows lie close to a row that the model learned from than chance explains.",
}
_COPIES = frozenset({"real_codes", "identity_combinations", "lone_rows_found", "exact_copies"})


def advise_several(advice: Advice) -> Advice:
    """The same for several tables, which have no trials of synthesizers (`auto`) and no shares to ask for."""
    if "auto" not in advice.next_step:
        return advice
    return replace(advice, next_step="Train for more epochs, and generate the tables again.")


def advise_on_privacy(measure: str, verdict: Verdict) -> Advice:
    """What to say of a privacy measure that did not pass, by its name."""
    reason = _REASONS.get(measure, "An attack learns more about real people from this table than by chance.")
    if verdict is not Verdict.FAIL:
        return Advice(reason, _REVIEW)
    if measure == "real_codes":
        return Advice(reason, f"{REMEDY[:1].upper()}{REMEDY[1:]}")
    return Advice(reason, _REPORT_IT if measure in _COPIES else _RETRAIN)
