"""The key `distribution`: a name, or a mapping of one name to its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from seedbed.core.documents import Model
from seedbed.core.words import nearest_hint
from seedbed.rules import distributions as laws
from seedbed.rules.distributions import Shape


class Named(Model):
    """One distribution by name, with its parameters."""

    uniform: laws.Uniform | None = Field(default=None, examples=[{}])
    """All values equally likely."""
    triangular: laws.Triangular | None = Field(default=None, examples=[{"mode": 5}])
    """Straight lines from the ends of the range to the mode."""
    pert: laws.Pert | None = Field(default=None, examples=[{"mode": 5, "shape": 8}])
    """A smooth hill on the range with its top at the mode: what `range` and `typical` alone give."""
    normal: laws.Normal | None = Field(default=None, examples=[{"mean": 100, "sd": 15}])
    """The bell curve."""
    lognormal: laws.Lognormal | None = Field(default=None, examples=[{"median": 40000, "sigma": 0.5}])
    """Numbers whose logarithm is normal: incomes, sizes, waiting times."""
    exponential: laws.Exponential | None = Field(default=None, examples=[{"mean": 12}])
    """Waiting times without memory: many short ones, few long ones."""
    poisson: laws.Poisson | None = Field(default=None, examples=[{"mean": 3.5}])
    """How many of many rare things happen (whole numbers)."""
    gamma: laws.Gamma | None = Field(default=None, examples=[{"shape": 2, "scale": 10}])
    """Sums of waiting times, amounts of rain, sizes of claims."""
    beta: laws.Beta | None = Field(default=None, examples=[{"alpha": 2, "beta": 5}])
    """Shares and scores: a hill, a slope or a bowl over the whole range."""
    weibull: laws.Weibull | None = Field(default=None, examples=[{"shape": 1.5, "scale": 1000}])
    """Lifetimes of parts, speeds of wind."""
    pareto: laws.Pareto | None = Field(default=None, examples=[{"shape": 1.16, "scale": 1}])
    """Few very large values: sizes of cities, files, fortunes."""
    zipf: laws.Zipf | None = Field(default=None, examples=[{"exponent": 1.1}])
    """Ranks: 1 is the most frequent (whole numbers)."""
    geometric: laws.Geometric | None = Field(default=None, examples=[{"p": 0.2}])
    """How many tries until the first success, from 1 (whole numbers)."""
    binomial: laws.Binomial | None = Field(default=None, examples=[{"n": 20, "p": 0.3}])
    """How many of n tries succeed (whole numbers)."""
    negative_binomial: laws.NegativeBinomial | None = Field(default=None, examples=[{"n": 3, "p": 0.3}])
    """How many tries fail before the n-th success (whole numbers)."""
    student_t: laws.StudentT | None = Field(default=None, examples=[{"df": 5, "mean": 0, "sd": 2}])
    """A bell with heavier tails than the normal one."""
    logistic: laws.Logistic | None = Field(default=None, examples=[{"mean": 50, "scale": 5}])
    """A bell with somewhat heavier tails than the normal one."""
    laplace: laws.Laplace | None = Field(default=None, examples=[{"mean": 0, "scale": 2}])
    """A sharp peak: errors, price moves."""
    gumbel: laws.Gumbel | None = Field(default=None, examples=[{"mode": 30, "scale": 4}])
    """The largest of many: yearly floods, peak loads."""
    chi_squared: laws.ChiSquared | None = Field(default=None, examples=[{"df": 4}])
    """Sums of squares of normal numbers."""
    rayleigh: laws.Rayleigh | None = Field(default=None, examples=[{"scale": 3}])
    """Lengths of two-dimensional normal errors, heights of waves."""


NAMES = tuple(Named.model_fields)
Bare = Literal["uniform", "triangular", "pert", "exponential", "poisson", "rayleigh"]
_BARE: dict[str, Shape] = {
    "uniform": laws.Uniform(),
    "triangular": laws.Triangular(),
    "pert": laws.Pert(),
    "exponential": laws.Exponential(),
    "poisson": laws.Poisson(),
    "rayleigh": laws.Rayleigh(),
}


def _one(value: Any) -> Any:
    """Words for what pydantic would only call a missing tag or an unknown key."""
    if isinstance(value, Model) or value is None:
        return value
    if not isinstance(value, str | Mapping):
        words = "a distribution is a name, or a mapping of a name to its parameters"
        raise PydanticCustomError("distribution", words, {"allowed": "such as poisson or {normal: {sd: 2}}"})
    names = [value] if isinstance(value, str) else list(value)
    if len(names) != 1:
        words = "a distribution has exactly one name"
        raise PydanticCustomError("distribution", words, {"allowed": "such as {normal: {mean: 5, sd: 2}}"})
    name = str(names[0])
    if name not in NAMES:
        allowed = ", ".join(NAMES) + nearest_hint(name, NAMES)
        raise PydanticCustomError("distribution", f"unknown distribution {name!r}", {"allowed": allowed})
    if isinstance(value, str) and name not in _BARE:
        example = Named.model_fields[name].examples
        written = ", ".join(f"{key}: {number}" for key, number in (example or [{}])[0].items())
        words = f"{name} needs parameters"
        raise PydanticCustomError("distribution", words, {"allowed": f"such as {{{name}: {{{written}}}}}"})
    if isinstance(value, Mapping) and value[name] is None:
        return {name: {}}
    return value


Distribution = Annotated[
    Annotated[Bare, Tag("by name")] | Annotated[Named, Tag("with parameters")],
    Discriminator(lambda value: "by name" if isinstance(value, str) else "with parameters"),
    BeforeValidator(_one),
]
"""A name where `typical` says all that is needed, else a mapping of one name to its parameters."""


def name_of(distribution: str | Named) -> str:
    """The name of a distribution."""
    return distribution if isinstance(distribution, str) else next(iter(distribution.model_fields_set))


def shape_of(distribution: str | Named) -> Shape:
    """The parameters of a distribution."""
    if isinstance(distribution, str):
        return _BARE[distribution]
    shape: Shape = getattr(distribution, name_of(distribution))
    return shape
