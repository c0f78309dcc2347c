"""How things lie to one another and in the picture."""

from __future__ import annotations

from pydantic import Field

from seedbed.core.documents import Model
from seedbed.scenes.models.ranges import Fraction


class ArrangementModel(Model):
    """Chances of what makes things hard to tell apart. `stacked`, `overlapping` and `touching` add up to 1 at most."""

    cluster: Fraction = 0.35
    """Chance of a world whose labelled things are dropped close together instead of apart."""
    touching: Fraction = 0.1
    """Chance of a thing to be put against another, side by side."""
    stacked: Fraction = 0.05
    """Chance of a thing to be dropped on the middle of another; whether it stays there is up to gravity."""
    overlapping: Fraction = 0.1
    """Chance of a thing to be dropped half over another: flat things cover each other, others lean or fall."""
    cut: Fraction = Field(default=0.15)
    """Chance of a frame whose camera is turned so that the border of the picture cuts a labelled thing."""
