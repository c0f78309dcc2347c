"""The layout `street`: road, sidewalks, plots, and where cameras stand along it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from seedbed.core.documents import Model
from seedbed.scenes.models.ranges import Fraction, rising

_Lane = Annotated[int, Field(ge=1, le=6)]
_Few = Annotated[int, Field(ge=0, le=4)]
_Wide = Annotated[float, Field(ge=2.4, le=4.5)]
_Long = Annotated[float, Field(ge=60, le=200)]
_Strip = Annotated[float, Field(ge=0, le=15)]
_Walk = Annotated[float, Field(ge=1.2, le=8)]
_High = Annotated[float, Field(ge=0.3, le=20)]
_Lanes = Annotated[tuple[_Lane, _Lane], AfterValidator(rising)]
_Fews = Annotated[tuple[_Few, _Few], AfterValidator(rising)]
_Wides = Annotated[tuple[_Wide, _Wide], AfterValidator(rising)]
_Longs = Annotated[tuple[_Long, _Long], AfterValidator(rising)]
_Strips = Annotated[tuple[_Strip, _Strip], AfterValidator(rising)]
_Walks = Annotated[tuple[_Walk, _Walk], AfterValidator(rising)]
_Highs = Annotated[tuple[_High, _High], AfterValidator(rising)]
_Weight = Annotated[float, Field(ge=0, le=1000)]


class Mounts(Model):
    """Where the camera of a street stands, by weight: `{vehicle: 3, cctv: 1, pedestrian: 1}`. `orbit` is not used."""

    vehicle: _Weight = 3
    """On a lane behind a windscreen, looking along the traffic."""
    cctv: _Weight = 1
    """On a pole or wall, looking down and along."""
    pedestrian: _Weight = 1
    """In a walker's hand on the sidewalk."""
    works: Fraction = 0.5
    """Share of the cameras that look at the roadworks from near by, where there are any."""
    vehicle_height: _Highs = (1.2, 1.6)
    """Metres."""
    cctv_height: _Highs = (4, 8)
    """Metres."""
    pedestrian_height: _Highs = (1.45, 1.75)
    """Metres."""

    @model_validator(mode="after")
    def _somewhere(self) -> Mounts:
        if self.vehicle + self.cctv + self.pedestrian == 0:
            words = {"allowed": "vehicle, cctv or pedestrian above 0"}
            raise PydanticCustomError("mounts", "every weight is 0: no camera stands anywhere", words)
        return self


class StreetModel(Model):
    """A straight street between two cross streets.

    Cars drive on lanes and park in bays, people walk on sidewalks and crossings, houses stand in rows, lamps, signs and
    trees along the kerb.
    """

    length: _Longs = (90, 125)
    """Metres between the cross streets."""
    lanes: _Lanes = (2, 4)
    """Of both directions together; of an odd number the larger half leads ahead."""
    lane_width: _Wides = (2.9, 3.5)
    """Metres."""
    drive: Literal["right", "left"] = "right"
    """Side of the traffic."""
    parking: Fraction = 0.6
    """Chance of a strip of parking bays, for each side."""
    parked: Fraction = 0.55
    """Share of the cars that park, where there are bays."""
    sidewalk: _Walks = (1.8, 3.6)
    """Width, metres."""
    verge: _Strips = (0, 1.8)
    """Width of the strip of grass between kerb and sidewalk, metres; under half a metre there is none."""
    setback: _Strips = (0, 6)
    """From the sidewalk to the houses, metres; under one metre they stand at the sidewalk."""
    crossings: _Fews = (0, 2)
    """Zebra crossings."""
    roadworks: Fraction = 0.15
    """Chance of a part of a lane closed for works: cones, drums, barriers, and people with helmet or vest go there.
    Without works they are left out."""
    mounts: Mounts = Mounts()
