"""A variational Gaussian mixture in one dimension, on weighted values.

The mathematics is that of scikit-learn's `BayesianGaussianMixture` with a Dirichlet process prior
(Bishop 2006, section 10.2; Blei and Jordan 2006), which ctgan fits on every single row. A column has
few distinct values, though, and rows with the same value have the same responsibilities: it is enough
to fit the distinct values with their counts, or up to `MOST_BINS` bins of equal count where there are
more. Sums go through `einsum`, never through BLAS, so that no thread count changes them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MOST_COMPONENTS = 10
MOST_BINS = 4_096
LEAST_WEIGHT = 0.005
_CONCENTRATION = 1e-3
_REGULARISATION = 1e-6
_MOST_ROUNDS = 100
_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Mixture:
    """Posterior of the mixture, one entry for each component, of which `is_active` marks those in use.

    `log_scales` are the terms of a component's expected log density that do not depend on the value.
    """

    means: np.ndarray
    deviations: np.ndarray
    log_scales: np.ndarray
    weights: np.ndarray

    @property
    def is_active(self) -> np.ndarray:
        """The components whose weight passes ctgan's threshold; at least the heaviest."""
        return (self.weights > LEAST_WEIGHT) | (self.weights == self.weights.max())

    def responsibilities(self, values: np.ndarray) -> np.ndarray:
        """Probability of each component given each value, shape (values, components), rows sum to 1."""
        log_density = self._log_density(values)
        density = np.exp(log_density - log_density.max(axis=0))
        return (density / density.sum(axis=0)).T

    def _log_density(self, values: np.ndarray) -> np.ndarray:
        standard = (values[None, :] - self.means[:, None]) / self.deviations[:, None]
        return self.log_scales[:, None] - 0.5 * standard * standard


def fit_mixture(values: np.ndarray, counts: np.ndarray, rng: np.random.Generator) -> Mixture:
    """Fit up to ten components to sorted distinct `values` that occur `counts` times each."""
    total = counts.sum()
    centre = float((values * counts).sum() / total)
    scale = float(np.sqrt((counts * (values - centre) ** 2).sum() / total)) or 1.0
    points, weights = _binned((values - centre) / scale, counts)
    # The regularisation is absolute in scikit-learn; on a column of tiny numbers it would hide every mode.
    fit = _Fit(points, weights.astype(np.float64), _REGULARISATION * min(1.0, scale**-2), rng)
    standard = fit.run()
    return Mixture(
        centre + scale * standard.means, scale * standard.deviations, standard.log_scales, standard.weights
    )


def _binned(values: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means and counts of at most MOST_BINS bins of equal count; the values themselves where they are few."""
    if len(values) <= MOST_BINS:
        return values, counts
    bins = ((np.cumsum(counts) - counts) * MOST_BINS // counts.sum()).astype(np.int64)
    weights = np.bincount(bins, counts, MOST_BINS)
    sums = np.bincount(bins, values * counts, MOST_BINS)
    used = weights > 0
    return sums[used] / weights[used], weights[used]


class _Fit:
    """Coordinate ascent on the lower bound, in scikit-learn's order: responsibilities, parameters, bound.

    Priors are scikit-learn's defaults: mean precision 1, degrees of freedom 1, mean and variance of the data.
    """

    def __init__(
        self, points: np.ndarray, counts: np.ndarray, regularisation: float, rng: np.random.Generator
    ) -> None:
        self.points, self.counts, self.regularisation = points, counts, regularisation
        self.components = min(MOST_COMPONENTS, int(counts.sum()))
        self.prior_mean = float((points * counts).sum() / counts.sum())
        self.prior_variance = float(
            (counts * (points - self.prior_mean) ** 2).sum() / max(counts.sum() - 1, 1)
        )
        self._update(self._initial_responsibilities(rng) * counts)

    def run(self) -> Mixture:
        """Iterate until the lower bound settles."""
        bound = -np.inf
        for _ in range(_MOST_ROUNDS):
            responsibilities = self.mixture.responsibilities(self.points).T
            weighted = responsibilities * self.counts
            entropy = -float((weighted * np.log(np.maximum(responsibilities, np.finfo(float).tiny))).sum())
            self._update(weighted)
            previous, bound = bound, entropy + self._prior_terms()
            if abs(bound - previous) < _TOLERANCE:
                break
        return self.mixture

    def _update(self, weighted: np.ndarray) -> None:
        """Set the posterior from the weighted responsibilities, shape (components, points)."""
        mass = weighted.sum(axis=1) + 10 * np.finfo(float).eps
        centres = np.einsum("kp,p->k", weighted, self.points) / mass
        offsets = self.points[None, :] - centres[:, None]
        spread = np.einsum("kp,kp,kp->k", weighted, offsets, offsets) / mass + self.regularisation
        self.sticks = 1.0 + mass, _CONCENTRATION + np.append(np.cumsum(mass[::-1])[-2::-1], 0.0)
        self.precision = 1.0 + mass
        self.freedom = 1.0 + mass
        shift = mass / self.precision * (centres - self.prior_mean) ** 2
        variances = (self.prior_variance + mass * spread + shift) / self.freedom
        # A constant column has no spread at all; its one component keeps the regularisation.
        self.deviations = np.sqrt(np.maximum(variances, self.regularisation))
        means = (self.prior_mean + mass * centres) / self.precision
        self.mixture = Mixture(means, self.deviations, self._log_scales(), self._stick_weights())

    def _log_scales(self) -> np.ndarray:
        from scipy.special import digamma

        first, second = self.sticks
        total = digamma(first + second)
        log_left = np.insert(np.cumsum(digamma(second) - total)[:-1], 0, 0.0)
        log_weights = digamma(first) - total + log_left
        log_precision = np.log(2.0) + digamma(0.5 * self.freedom) - np.log(self.freedom)
        constant = -0.5 * np.log(2 * np.pi) - np.log(self.deviations)
        return log_weights + constant + 0.5 * (log_precision - 1.0 / self.precision)

    def _stick_weights(self) -> np.ndarray:
        first, second = self.sticks
        left = np.insert(np.cumprod((second / (first + second))[:-1]), 0, 1.0)
        weights = first / (first + second) * left
        return weights / weights.sum()

    def _prior_terms(self) -> float:
        from scipy.special import betaln, gammaln

        half = 0.5 * self.freedom
        log_determinant = -np.log(self.deviations) - 0.5 * np.log(self.freedom)
        log_wishart = -(self.freedom * log_determinant + half * np.log(2.0) + gammaln(half))
        stick_terms = betaln(*self.sticks).sum()
        return float(stick_terms - log_wishart.sum() - 0.5 * np.log(self.precision).sum())

    def _initial_responsibilities(self, rng: np.random.Generator) -> np.ndarray:
        """Memberships of a k-means clustering, which in one dimension cuts sorted points into intervals."""
        centres = self._spread_centres(rng)
        for _ in range(_MOST_ROUNDS):
            nearest = np.searchsorted((centres[1:] + centres[:-1]) / 2, self.points)
            mass = np.bincount(nearest, self.counts, len(centres))
            sums = np.bincount(nearest, self.points * self.counts, len(centres))
            moved = np.where(mass > 0, sums / np.maximum(mass, 1.0), centres)
            if np.array_equal(moved, centres):
                break
            centres = moved
        return np.eye(self.components)[:, nearest]

    def _spread_centres(self, rng: np.random.Generator) -> np.ndarray:
        """Starting centres after Arthur and Vassilvitskii (k-means++): far points are likelier."""
        centres = [self.points[_pick(self.counts, rng)]]
        distances = (self.points - centres[0]) ** 2
        while len(centres) < min(self.components, len(self.points)):
            centres.append(self.points[_pick(distances * self.counts, rng)])
            distances = np.minimum(distances, (self.points - centres[-1]) ** 2)
        return np.sort(np.array(centres))


def _pick(weights: np.ndarray, rng: np.random.Generator) -> int:
    cumulative = np.cumsum(weights)
    return int(
        min(np.searchsorted(cumulative, rng.random() * cumulative[-1], side="right"), len(weights) - 1)
    )
