"""Distributions a number can follow inside its range, under their usual names and parameters.

Every distribution is cut to the range: the share of probability outside is spread over the inside in proportion, so
no value heaps up at an edge. Parameters describe the distribution before it is cut. The one parameter that says where
the values lie may be left out: it is then the column's `typical`. Effects multiply that parameter (`normal` moves and
keeps its spread) or the scale (`gamma` stretches).
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field

from seedbed.core.documents import Model
from seedbed.rules.laws import MOST_MEAN, ExponentialLaw, LognormalLaw, NormalLaw, PoissonLaw

Number = Annotated[float, Field(ge=-1e15, le=1e15)]
Positive = Annotated[float, Field(ge=1e-9, le=1e15)]
Chance = Annotated[float, Field(gt=0, le=1)]
_LEAST = 2.0**-30


def _stats() -> Any:
    """Loaded when one of the rarer distributions is first worked out: it takes a second."""
    import scipy.stats

    return scipy.stats


class Shape(Model):
    """What all distributions can tell.

    Attributes:
        location: the parameter that is `typical` where it is left out.
        discrete: whether it gives whole numbers only.
        moves: whether effects have something to multiply.
    """

    location: ClassVar[str | None] = None
    discrete: ClassVar[bool] = False
    moves: ClassVar[bool] = True

    def lacks(self, typical: float | None) -> str | None:
        """The parameter that neither the distribution nor `typical` gives."""
        name = self.location
        return name if name and typical is None and getattr(self, name) is None else None

    def where(self, typical: float | None) -> float:
        """The location: its parameter, else `typical`."""
        own = None if self.location is None else getattr(self, self.location)
        value = typical if own is None else own
        assert value is not None
        return float(value)

    def centre(self, typical: float | None, low: float, high: float) -> float:
        """The number that effects multiply, before the cut: a mean, median or mode."""
        return self.where(typical)

    def law(self, typical: float | None, low: float, high: float, factor: float = 1.0) -> Any:
        """The distribution before it is cut.

        Args:
            typical: the column's typical value.
            low: lower end of the range; half a step below it where values have steps.
            high: upper end, likewise.
            factor: product of the effects.

        Returns:
            A frozen distribution of scipy.stats, or one of `laws` that is used in the same way.
        """
        raise TypeError(f"{type(self).__name__} has no law of its own")


class Uniform(Shape):
    """All values equally likely."""

    moves: ClassVar[bool] = False

    def law(self, typical: float | None, low: float, high: float, factor: float = 1.0) -> Any:
        """Uniform on the range."""
        return _stats().uniform(low, high - low)


class Triangular(Shape):
    """Straight lines from the ends of the range to the mode."""

    location: ClassVar[str | None] = "mode"
    mode: Number | None = Field(default=None, examples=[5])
    """The most likely value; left out it is `typical`."""

    def law(self, typical: float | None, low: float, high: float, factor: float = 1.0) -> Any:
        """Triangular on the range."""
        return _stats().triang(_share(self.where(typical) * factor, low, high), low, high - low)


class Pert(Shape):
    """A smooth hill on the range with its top at the mode: what `range` and `typical` alone give."""

    location: ClassVar[str | None] = "mode"
    mode: Number | None = Field(default=None, examples=[5])
    """The most likely value; left out it is `typical`."""
    shape: Annotated[float, Field(gt=0, le=1000)] = Field(default=4.0, examples=[4])
    """How narrow the hill is: 4 is usual, more is narrower."""

    def law(self, typical: float | None, low: float, high: float, factor: float = 1.0) -> Any:
        """Beta(1 + shape m, 1 + shape (1 - m)) on the range, m the mode as a share of it."""
        share = _share(self.where(typical) * factor, low, high)
        return _stats().beta(1 + self.shape * share, 1 + self.shape * (1 - share), low, high - low)


class Normal(Shape):
    """The bell curve."""

    location: ClassVar[str | None] = "mean"
    mean: Number | None = Field(default=None, examples=[100])
    """Mean; left out it is `typical`."""
    sd: Positive = Field(examples=[15])
    """Standard deviation: two thirds of the values lie within it around the mean."""

    def law(self, typical: float | None, low: float, high: float, factor: float = 1.0) -> Any:
        """Normal; effects move the mean."""
        return NormalLaw(self.where(typical) * factor, self.sd)


class Lognormal(Shape):
    """Numbers whose logarithm is normal: incomes, sizes, waiting times."""

    location: ClassVar[str | None] = "median"
    median: Positive | None = Field(default=None, examples=[40000])
    """Half the values lie below it; left out it is `typical`."""
    sigma: Annotated[float, Field(gt=0, le=20)] = Field(examples=[0.5])
    """Standard deviation of the logarithm: 0.5 puts two thirds of the values within 0.6 to 1.65 of the median."""

    def law(self, typical: float | None, low: float, high: float, factor: float = 1.0) -> Any:
        """Log-normal; effects stretch it."""
        return LognormalLaw(max(self.where(typical) * factor, _LEAST), self.sigma)


class Exponential(Shape):
    """Waiting times without memory: many short ones, few long ones."""

    location: ClassVar[str | None] = "mean"
    mean: Positive | None = Field(default=None, examples=[12])
    """Mean; left out it is `typical`."""

    def law(self, typical: float | None, low: float, high: float, factor: float = 1.0) -> Any:
        """Exponential from 0; effects stretch it."""
        return ExponentialLaw(max(self.where(typical) * factor, _LEAST))


class Poisson(Shape):
    """How many of many rare things happen: calls in an hour, faults in a batch."""

    location: ClassVar[str | None] = "mean"
    discrete: ClassVar[bool] = True
    mean: Positive | None = Field(default=None, examples=[3.5])
    """Mean; left out it is `typical`."""

    def law(self, typical: float | None, low: float, high: float, factor: float = 1.0) -> Any:
        """Poisson; effects multiply the mean."""
        mean = max(self.where(typical) * factor, _LEAST)
        return PoissonLaw(mean) if mean <= MOST_MEAN else _stats().poisson(mean)


class Gamma(Shape):
    """Sums of waiting times, amounts of rain, sizes of claims."""

    shape: Positive = Field(examples=[2])
    """Shape k: 1 is exponential, more is closer to a bell."""
    scale: Positive = Field(examples=[10])
    """Scale theta; the mean is shape times scale."""

    def centre(self, typical: float | None, low: float, high: float) -> float:
        """The mean."""
        return self.shape * self.scale

    def law(self, typical: float | None, low: float, high: float, factor: float = 1.0) -> Any:
        """Gamma from 0; effects stretch it."""
        return _stats().gamma(self.shape, scale=max(self.scale * factor, _LEAST))


class Beta(Shape):
    """Shares and scores: a hill, a slope or a bowl over the whole range."""

    alpha: Positive = Field(examples=[2])
    """Weight of the upper end: more moves the values up."""
    beta: Positive = Field(examples=[5])
    """Weight of the lower end: more moves the values down."""

    def centre(self, typical: float | None, low: float, high: float) -> float:
        """The mean."""
        return low + (high - low) * self.alpha / (self.alpha + self.beta)

    def law(self, typical: float | None, low: float, high: float, factor: float = 1.0) -> Any:
        """Beta stretched over the range; effects move the mean and keep alpha + beta."""
        if factor == 1:
            return _stats().beta(self.alpha, self.beta, low, high - low)
        weight = self.alpha + self.beta
        share = _share(self.centre(typical, low, high) * factor, low, high, 1e-3)
        return _stats().beta(weight * share, weight * (1 - share), low, high - low)


class Weibull(Shape):
    """Lifetimes of parts, speeds of wind."""

    shape: Positive = Field(examples=[1.5])
    """Shape: below 1 early failures, 1 exponential, above 1 wear."""
    scale: Positive = Field(examples=[1000])
    """Scale: 63 % of the values lie below it."""

    def centre(self, typical: float | None, low: float, high: float) -> float:
        """The scale."""
        return self.scale

    def law(self, typical: float | None, low: float, high: float, factor: float = 1.0) -> Any:
        """Weibull from 0; effects stretch it."""
        return _stats().weibull_min(self.shape, scale=max(self.scale * factor, _LEAST))


class Pareto(Shape):
    """Few very large values: sizes of cities, files, fortunes."""

    shape: Positive = Field(examples=[1.16])
    """Tail exponent: 1.16 gives a fifth of the rows four fifths of the total; more makes large values rarer."""
    scale: Positive = Field(examples=[1])
    """The smallest value."""

    def centre(self, typical: float | None, low: float, high: float) -> float:
        """The median."""
        return float(self.scale * 2 ** min(1 / self.shape, 40))

    def law(self, typical: float | None, low: float, high: float, factor: float = 1.0) -> Any:
        """Pareto from the scale; effects stretch it."""
        return _stats().pareto(self.shape, scale=max(self.scale * factor, _LEAST))


class Zipf(Shape):
    """Ranks: the value k is as likely as k to the power of minus the exponent."""

    discrete: ClassVar[bool] = True
    moves: ClassVar[bool] = False
    exponent: Annotated[float, Field(gt=0, le=50)] = Field(examples=[1.1])
    """Exponent: more makes small numbers more frequent."""

    def law(self, typical: float | None, low: float, high: float, factor: float = 1.0) -> Any:
        """Zipf's law on 1 ... high."""
        return _stats().zipfian(self.exponent, max(int(high), 1))


class Geometric(Shape):
    """How many tries it takes until the first success: 1, 2, 3 ..."""

    discrete: ClassVar[bool] = True
    p: Chance = Field(examples=[0.2])
    """Probability that a try succeeds; the mean is 1 / p."""

    def centre(self, typical: float | None, low: float, high: float) -> float:
        """The mean."""
        return 1 / self.p

    def law(self, typical: float | None, low: float, high: float, factor: float = 1.0) -> Any:
        """Geometric from 1; effects multiply the mean."""
        return _stats().geom(min(self.p / max(factor, _LEAST), 1 - _LEAST))


class Binomial(Shape):
    """How many of n tries succeed."""

    discrete: ClassVar[bool] = True
    n: Annotated[int, Field(ge=1, le=10**9)] = Field(examples=[20])
    """Number of tries."""
    p: Chance = Field(examples=[0.3])
    """Probability that a try succeeds."""

    def centre(self, typical: float | None, low: float, high: float) -> float:
        """The mean."""
        return self.n * self.p

    def law(self, typical: float | None, low: float, high: float, factor: float = 1.0) -> Any:
        """Binomial; effects multiply p."""
        return _stats().binom(self.n, min(max(self.p * factor, _LEAST), 1.0))


class NegativeBinomial(Shape):
    """How many tries fail before the n-th success: counts that vary more than Poisson."""

    discrete: ClassVar[bool] = True
    n: Positive = Field(examples=[3])
    """Number of successes waited for; any number over 0."""
    p: Chance = Field(examples=[0.3])
    """Probability that a try succeeds; the mean is n (1 - p) / p."""

    def centre(self, typical: float | None, low: float, high: float) -> float:
        """The mean."""
        return self.n * (1 - self.p) / self.p

    def law(self, typical: float | None, low: float, high: float, factor: float = 1.0) -> Any:
        """Negative binomial; effects multiply the mean and keep n."""
        return _stats().nbinom(self.n, self.n / (self.n + self.centre(typical, low, high) * factor))


class StudentT(Shape):
    """A bell with heavier tails than the normal one."""

    location: ClassVar[str | None] = "mean"
    df: Annotated[float, Field(gt=2, le=1e9)] = Field(examples=[5])
    """Degrees of freedom, over 2: fewer make heavier tails."""
    mean: Number | None = Field(default=None, examples=[0])
    """Mean; left out it is `typical`."""
    sd: Positive = Field(examples=[2])
    """Standard deviation."""

    def law(self, typical: float | None, low: float, high: float, factor: float = 1.0) -> Any:
        """Student's t, scaled to the standard deviation; effects move the mean."""
        scale = self.sd * ((self.df - 2) / self.df) ** 0.5
        return _stats().t(self.df, self.where(typical) * factor, scale)


class Logistic(Shape):
    """A bell with somewhat heavier tails than the normal one."""

    location: ClassVar[str | None] = "mean"
    mean: Number | None = Field(default=None, examples=[50])
    """Mean; left out it is `typical`."""
    scale: Positive = Field(examples=[5])
    """Scale s; the standard deviation is 1.81 s."""

    def law(self, typical: float | None, low: float, high: float, factor: float = 1.0) -> Any:
        """Logistic; effects move the mean."""
        return _stats().logistic(self.where(typical) * factor, self.scale)


class Laplace(Shape):
    """A peak with straight sides on a logarithmic scale: errors, price moves."""

    location: ClassVar[str | None] = "mean"
    mean: Number | None = Field(default=None, examples=[0])
    """Mean; left out it is `typical`."""
    scale: Positive = Field(examples=[2])
    """Scale b; the standard deviation is 1.41 b."""

    def law(self, typical: float | None, low: float, high: float, factor: float = 1.0) -> Any:
        """Laplace; effects move the mean."""
        return _stats().laplace(self.where(typical) * factor, self.scale)


class Gumbel(Shape):
    """The largest of many: yearly floods, peak loads."""

    location: ClassVar[str | None] = "mode"
    mode: Number | None = Field(default=None, examples=[30])
    """The most likely value; left out it is `typical`."""
    scale: Positive = Field(examples=[4])
    """Scale; the mean is the mode plus 0.577 of it."""

    def law(self, typical: float | None, low: float, high: float, factor: float = 1.0) -> Any:
        """Gumbel of maxima; effects move the mode."""
        return _stats().gumbel_r(self.where(typical) * factor, self.scale)


class ChiSquared(Shape):
    """Sums of squares of normal numbers."""

    df: Positive = Field(examples=[4])
    """Degrees of freedom, which is the mean."""

    def centre(self, typical: float | None, low: float, high: float) -> float:
        """The mean."""
        return self.df

    def law(self, typical: float | None, low: float, high: float, factor: float = 1.0) -> Any:
        """Chi-squared; effects stretch it."""
        return _stats().chi2(self.df, scale=max(factor, _LEAST))


class Rayleigh(Shape):
    """Lengths of two-dimensional normal errors, heights of waves."""

    location: ClassVar[str | None] = "scale"
    scale: Positive | None = Field(default=None, examples=[3])
    """Scale, which is the most likely value; left out it is `typical`."""

    def law(self, typical: float | None, low: float, high: float, factor: float = 1.0) -> Any:
        """Rayleigh; effects stretch it."""
        return _stats().rayleigh(scale=max(self.where(typical) * factor, _LEAST))


def _share(value: float, low: float, high: float, margin: float = 0.0) -> float:
    return float(min(max((value - low) / (high - low), margin), 1 - margin)) if high > low else 0.5
