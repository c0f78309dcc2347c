"""Physics: bodies dropped from above come to rest (PyBullet, no rendering)."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.core.errors import Reason, RenderError

Array = NDArray[np.float64]

_STEP = 1 / 120
_STEPS = 360
_LOOK_EVERY = 6
_RESTING = (0.03, 0.25)  # metres and radians a second


@dataclass(frozen=True, eq=False)
class Drop:
    """A body to let fall.

    Attributes:
        hull: (N, 3) metres, points whose convex hull collides; the centre of mass is the origin.
        position: of the centre of mass, metres.
        quaternion: x, y, z, w.
        mass: kilograms.
        friction: sideways.
    """

    hull: Array
    position: tuple[float, float, float]
    quaternion: tuple[float, float, float, float]
    mass: float = 1.0
    friction: float = 0.6


class Physics:
    """One PyBullet client without graphics. Every call names the client; every world starts from a reset."""

    def __init__(self) -> None:
        self._bullet = load_pybullet()
        self._client: int = self._bullet.connect(self._bullet.DIRECT)
        self._lists: dict[int, list[list[float]]] = {}
        if self._client < 0:
            raise RenderError("PyBullet gave no physics client", reason=Reason.INVALID)

    def close(self) -> None:
        """Ends the client."""
        if self._client >= 0:
            self._bullet.disconnect(physicsClientId=self._client)
            self._client = -1

    def settle(self, drops: Sequence[Drop]) -> list[Array]:
        """Lets bodies fall on the ground z = 0 until they rest, three seconds at most.

        Args:
            drops: the bodies; none may touch another at the start, or they push each other apart.

        Returns:
            (4, 4) poses of the centres of mass, in order. The same drops give the same poses bit by bit, whatever the
            process did before.
        """
        p, client = self._bullet, self._client
        # Only a reset gives back all memory and state; removing bodies one by one leaks.
        p.resetSimulation(physicsClientId=client)
        p.setPhysicsEngineParameter(
            fixedTimeStep=_STEP, numSolverIterations=20, deterministicOverlappingPairs=1, physicsClientId=client
        )
        p.setGravity(0, 0, -9.81, physicsClientId=client)
        plane = p.createCollisionShape(p.GEOM_PLANE, physicsClientId=client)
        ground = p.createMultiBody(0, plane, physicsClientId=client)
        p.changeDynamics(ground, -1, lateralFriction=0.8, physicsClientId=client)
        bodies = [self._add(drop) for drop in drops]
        for step in range(1, _STEPS + 1):
            p.stepSimulation(physicsClientId=client)
            if step % _LOOK_EVERY == 0 and step > 24 and self._resting(bodies):
                break
        return [self._pose(body) for body in bodies]

    def _add(self, drop: Drop) -> int:
        p, client = self._bullet, self._client
        shape = p.createCollisionShape(p.GEOM_MESH, vertices=self._points(drop.hull), physicsClientId=client)
        body: int = p.createMultiBody(drop.mass, shape, -1, drop.position, drop.quaternion, physicsClientId=client)
        if shape < 0 or body < 0:
            raise RenderError("PyBullet refused a body", reason=Reason.INVALID, found=f"{len(drop.hull)} hull points")
        # Rolling friction is a length: as large as half a die, it would leave a die standing on its edge.
        rolling = min(0.004, 0.04 * float(np.sqrt((drop.hull**2).sum(1).max())))
        p.changeDynamics(
            body,
            -1,
            lateralFriction=drop.friction,
            rollingFriction=rolling,
            spinningFriction=rolling,
            restitution=0.05,
            linearDamping=0.1,
            angularDamping=0.3,
            collisionMargin=0.0005,
            physicsClientId=client,
        )
        return body

    def _points(self, hull: Array) -> list[list[float]]:
        """The points as lists that are used again: PyBullet 3.2.7 never lets go of a list of vertices."""
        points = self._lists.setdefault(len(hull), [[0.0, 0.0, 0.0] for _ in range(len(hull))])
        for point, values in zip(points, hull.tolist(), strict=True):
            point[:] = values
        return points

    def _resting(self, bodies: Sequence[int]) -> bool:
        p, client = self._bullet, self._client
        for body in bodies:
            linear, angular = p.getBaseVelocity(body, physicsClientId=client)
            if max(map(abs, linear)) > _RESTING[0] or max(map(abs, angular)) > _RESTING[1]:
                return False
        return True

    def _pose(self, body: int) -> Array:
        p, client = self._bullet, self._client
        position, quaternion = p.getBasePositionAndOrientation(body, physicsClientId=client)
        pose = np.eye(4)
        pose[:3, :3] = np.reshape(p.getMatrixFromQuaternion(quaternion), (3, 3))
        pose[:3, 3] = position
        return pose


def load_pybullet() -> Any:
    """The module; its greeting on standard error is kept from the person's."""
    if "pybullet" in sys.modules:
        return sys.modules["pybullet"]
    with _muted():
        try:
            import pybullet
        except ImportError:
            raise RenderError(
                "PyBullet is not installed", reason=Reason.MISSING_PACKAGE, repair="pip install 'seedbed[scenes]'"
            ) from None
    return pybullet


@contextlib.contextmanager
def _muted() -> Iterator[None]:
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
