"""The input of a rule that derives one column, and the request that it comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.datasets.spec import ColumnSpec
from pipeline.errors import SamplingError
from pipeline.identity.permutation import Codes, Permutation, Sequence
from pipeline.identity.templates import Template
from pipeline.settings import IdentityOptions

_FEWER_ROWS = "ask for fewer rows, or do not declare the column unique in dataset.yaml."


@dataclass(frozen=True, eq=False)
class IdentityRequest:
    """Identity columns of some rows of a job.

    `columns` are in spec order and leave out what features render (birth dates, expiries).
    `modelled` holds the modelled columns and features of exactly these rows. `protected` maps a
    column to the real values that must not appear. `first_row` is the global number of the first
    row, `total_rows` the rows of the whole job; parts of one job agree on everything but
    `modelled` and `first_row`. `headroom` is how many times the codes that rows need there must be
    where a part has a range of its own; above 1 it finds out early what would fail later. `given` holds
    identity columns of these rows that were derived before and that others follow. `dataset` and, of
    several, `table` are how commands call what the columns are of.
    """

    columns: tuple[ColumnSpec, ...]
    modelled: pd.DataFrame
    seed: int
    as_of: date
    options: IdentityOptions
    protected: Mapping[str, np.ndarray] = field(default_factory=dict)
    first_row: int = 0
    total_rows: int | None = None
    headroom: float = 1.0
    given: Mapping[str, np.ndarray] = field(default_factory=dict)
    dataset: str = ""
    table: str = ""

    @property
    def rows(self) -> int:
        """Rows of this part."""
        return len(self.modelled)

    @property
    def job_rows(self) -> int:
        """Rows of the whole job."""
        return max(self.total_rows or 0, self.first_row + self.rows)


@dataclass(frozen=True, eq=False)
class ColumnTask:
    """One column of a request; `derived` holds the identity columns that were derived before it.

    `attempt` counts how often its own random numbers were drawn again; what columns share stays.
    """

    request: IdentityRequest
    column: ColumnSpec
    derived: Mapping[str, np.ndarray] = field(default_factory=dict)
    attempt: int = 0

    @property
    def rows(self) -> int:
        """Rows to derive."""
        return self.request.rows

    @property
    def most(self) -> int:
        """The most characters that a value may have (option `length`), 0 where there is no limit."""
        return int(self.column.options.get("length", 0))

    def stream(self) -> np.random.Generator:
        """Random numbers of this column in this part."""
        again = f"\0again {self.attempt}" if self.attempt else ""
        return self.shared_stream(self.column.name + again)

    def shared_stream(self, name: str) -> np.random.Generator:
        """Random numbers of this part that every column asking for `name` gets alike."""
        return np.random.default_rng(_seed(self.request.seed, name, self.request.first_row))

    def job_seed(self, space: str = "") -> np.random.SeedSequence:
        """The seed of a code space of this column, the same in every part of the job."""
        return _seed(self.request.seed, f"{self.pool[0]}\0{space}")

    @property
    def pool(self) -> tuple[str, ...]:
        """The columns that share their codes with this one (option `pool`), or this column alone."""
        return tuple(map(str, self.column.options.get("pool") or (self.column.name,)))

    def scattered(self, template: Template, excluded: np.ndarray, space: str = "") -> Codes:
        """All codes of a template but the excluded ones, in an order of this column's own."""
        return Codes(Permutation.seeded(template.size, self.job_seed(space)), excluded)

    def consecutive(self, template: Template, excluded: np.ndarray) -> Codes:
        """All codes of a template but the excluded ones, upwards from a start that the seed gives."""
        start = int(self.job_seed().generate_state(1, np.uint64)[0]) % template.size
        return Codes(Sequence(template.size, start), excluded)

    def with_gaps(self, values: np.ndarray) -> np.ndarray:
        """The values, None in the share of rows of the option `missing_share`; unique ones still differ.

        The option `missing_by_country` holds the shares of rows of some countries.
        """
        share = float(self.column.options.get("missing_share", 0))
        if not share:
            return values
        by_country = self.column.options.get("missing_by_country")
        limits = self._shares_of_rows(by_country, share) if by_country else share
        with_gaps = values.astype(object)
        with_gaps[self.shared_stream(f"{self.column.name}\0missing").random(len(values)) < limits] = None
        return with_gaps

    def _shares_of_rows(self, shares: Mapping[str, float], otherwise: float) -> float | np.ndarray:
        # Most columns have no such shares, so that most requests load no names of countries.
        from pipeline.datasets.countries import read_country

        followed = self.followed()
        if followed is None:
            return otherwise
        codes, found = pd.factorize(followed)
        read = [float(shares.get(read_country(value) or "", otherwise)) for value in found]
        return np.array([*read, otherwise])[codes]

    def pick(self, codes: Codes, rows: np.ndarray | None = None, advice: str = _FEWER_ROWS) -> np.ndarray:
        """One code for each row (or of `rows`, positions in this part), distinct if the column is unique.

        Where some of the rows share codes that are fewer than the rows of the job, every part has a range
        of the codes to itself. Raises SamplingError where the codes do not suffice.
        """
        wanted = np.arange(self.rows) if rows is None else rows
        if not self.column.is_unique:
            return self._pick_any(codes, len(wanted), advice)
        if codes.capacity >= self.request.job_rows:
            return codes.at(self._turn(wanted + self.request.first_row).astype(np.uint64))
        if rows is None:
            raise self._too_few(codes.capacity, self.request.job_rows, advice)
        return self._pick_from_range(codes, len(wanted), advice)

    def _turn(self, numbers: np.ndarray) -> np.ndarray:
        """Numbers from 0 below the job's rows, turned by another step in each column of a pool.

        Entities are numbered as they come first: without this, the first rows would have the same code in
        all columns of the pool.
        """
        place = self.pool.index(self.column.name) if self.column.name in self.pool else 0
        total = self.request.job_rows
        return np.asarray((numbers + place * total // len(self.pool)) % total) if place else numbers

    def _pick_any(self, codes: Codes, count: int, advice: str) -> np.ndarray:
        if codes.capacity < 1:
            raise self._too_few(codes.capacity, 1, advice)
        rng = self.shared_stream(f"{self.column.name}\0codes")
        return codes.at(rng.integers(0, codes.capacity, count, dtype=np.uint64))

    def _pick_from_range(self, codes: Codes, count: int, advice: str) -> np.ndarray:
        """The first codes of this part's range, as large a part of all codes as its rows are of the job."""
        request = self.request
        first, end = (
            row * codes.capacity // request.job_rows
            for row in (request.first_row, request.first_row + request.rows)
        )
        if count * request.headroom > end - first:
            needed = -(-count * request.job_rows // request.rows)
            raise self._too_few(codes.capacity, needed, advice)
        return codes.at(np.arange(first, first + count, dtype=np.uint64))

    def _too_few(self, capacity: int, needed: int, advice: str) -> SamplingError:
        return SamplingError(
            f'Column "{self.column.name}" can hold {capacity:,} distinct values, '
            f"but {needed:,} rows need one.",
            advice,
        )

    def protected(self, pattern: str = "", replacement: str = "") -> np.ndarray:
        """Real values in upper case; replacing `pattern` (RE2) makes other spellings of them count."""
        texts = pc.utf8_upper(pc.utf8_trim_whitespace(self._real_texts()))
        if pattern:
            texts = pc.replace_substring_regex(texts, pattern=pattern, replacement=replacement)
        return texts.to_numpy(zero_copy_only=False)

    def protected_texts(self) -> np.ndarray:
        """Real values as `comparable` texts, each once."""
        return pd.unique(comparable(self._real_texts()))

    def _real_texts(self) -> pa.Array:
        columns = dict.fromkeys((*self.pool, self.column.name))
        parts = (self.request.protected.get(name, ()) for name in columns)
        texts = [pa.array(part, type=pa.string(), from_pandas=True).drop_null() for part in parts]
        return pa.concat_arrays(texts)

    def followed(self) -> np.ndarray | None:
        """Values of the first modelled column that this one follows; None where it follows none."""
        for name in self.column.follows:
            if name in self.request.modelled:
                return self.request.modelled[name].to_numpy(dtype=object)
        return None

    def positions(
        self, stream: str, known: Mapping[str, int], expected: str, read: Callable[[object], str] = str
    ) -> np.ndarray:
        """Position of each row's followed value, as `read` spells it, in the values that are known.

        A missing one is drawn from `stream`, for all columns of the row alike. SamplingError for a value
        that is not known, nor therefore what is `expected`.
        """
        drawn = self.shared_stream(stream).integers(0, len(known), self.rows)
        followed = self.followed()
        if followed is None:
            return drawn
        codes, found = pd.factorize(followed)
        unknown = [value for value in found if read(value) not in known]
        if unknown:
            raise self.reject(unknown[0], expected)
        picked = np.array([*(known[read(value)] for value in found), -1])[codes]
        return np.where(picked < 0, drawn, picked)

    def reject_length(self, needed: int) -> SamplingError:
        """The error for a column that is too short for its values, the shortest of which need so much."""
        return SamplingError(
            f'Column "{self.column.name}" holds at most {self.most:,} characters, but its values '
            f"({self.column.kind}) need {needed:,}.",
            "make the column longer in the database that the table came from, or make it another kind, such "
            "as `text`.",
        )

    def reject(self, value: object, expected: str) -> SamplingError:
        """The error for a followed value that no rule covers."""
        return SamplingError(
            f'Column "{self.column.name}" follows a column with the value {str(value)!r}, not {expected}.',
            "correct `follows` of the column in dataset.yaml, or the values of the column that it names.",
        )


Rule = Callable[[ColumnTask], np.ndarray]
"""What derives the values of a column."""


def comparable(texts: np.ndarray | pa.Array) -> np.ndarray:
    """Texts (object array) that are equal where only letter case or the separators of numbers differ."""
    plain = pc.utf8_trim_whitespace(pc.utf8_lower(pa.array(texts, type=pa.string())))
    is_number = pc.match_substring_regex(plain, r"^[\d\s().+-]+$")
    if pc.any(is_number).as_py():
        plain = pc.if_else(is_number, pc.replace_substring_regex(plain, r"\D", ""), plain)
    return plain.to_numpy(zero_copy_only=False)


def _seed(seed: int, name: str, part: int = 0) -> np.random.SeedSequence:
    """Streams of differently named columns are independent, and do not depend on Python's hash seed."""
    digest = blake2b(name.encode(), digest_size=8).digest()
    return np.random.SeedSequence([seed, int.from_bytes(digest), part])
