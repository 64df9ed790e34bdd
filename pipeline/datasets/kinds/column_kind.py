"""The type of an identity kind, and of the patterns that recognise one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

FAKER_PREFIX = "faker:"
FAKER_GENERATOR = "pipeline.identity.generic:faker_value"


@dataclass(frozen=True)
class Pattern:
    """Regular expressions that recognise a column, each for a whole text.

    `name` is for the column's name in lower case, words joined by "_", with or without words before it.
    `value` is the form of the values under such a name; None where a name only confirms what the values
    say (see `detection.people`). `telling` is a form that needs no name.
    """

    name: str
    value: str | None = None
    telling: str | None = None


@dataclass(frozen=True)
class ColumnKind:
    """One identity kind.

    `title` names it in sentences, in the plural. `generator` is "module:function", empty where a feature
    renders the column; `feature` is the kind of that feature. `sdtype` is what SDV's metadata calls the
    kind, `read_from` the sdtypes that are read as it. `words` of a column's name say what its free text
    is. `rules` need no other column; `following_rules` hold the column against the one that it follows,
    by that one's kind. `may_equal_real` is true where chance alone repeats real values (names, days of
    birth, security codes, places), `can_be_unique` where values suffice for any number of rows, `is_shared`
    where people, accounts or devices may have one value together (addresses, texts, banks). `fact` is what
    the kind says about a person: a first and a last name are both a "name".

    `follows` is what the kind is made to fit, where the table has it: the gender, the names, the card
    network, the U.S. state or the country of its row; "place" is the country that a postcode follows.
    `feature_label` names the feature in the table, `feature_rule` holds the column against the feature's
    limits. `is_open` marks first guesses that the values may turn into a national number or an address of a
    country. `is_published` is true of codes of a published list, which may be categories as well,
    `is_grouped` where a value that comes back is kept together in its rows.
    `is_pooled` is true of numbers of which two columns may hold the same ones (payer and payee), `has_tail`
    where another column may repeat their end, `may_be_tail` of first guesses for such a column.
    """

    name: str
    title: str
    generator: str = FAKER_GENERATOR
    sdtype: str = "unknown"
    read_from: tuple[str, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    words: frozenset[str] = frozenset()
    rules: tuple[str, ...] = ()
    following_rules: Mapping[str, str] = field(default_factory=dict)
    feature: str = ""
    feature_label: str = ""
    feature_rule: str = ""
    follows: str = ""
    may_equal_real: bool = False
    can_be_unique: bool = True
    is_shared: bool = False
    is_open: bool = False
    is_published: bool = False
    is_grouped: bool = True
    is_pooled: bool = False
    has_tail: bool = False
    may_be_tail: bool = False
    fact: str = ""

    @property
    def is_birth_date(self) -> bool:
        """Whether the values are days of birth: dates that an age renders."""
        return self.feature == "age"

    @property
    def tells_apart(self) -> bool:
        """Whether two people, accounts or devices never have the same value: of a key or an IBAN, no name."""
        return not (self.may_equal_real or self.is_shared)

    @property
    def provider(self) -> str:
        """The provider of Faker that makes the values, empty where another generator does."""
        return self.name.removeprefix(FAKER_PREFIX) if self.name.startswith(FAKER_PREFIX) else ""
