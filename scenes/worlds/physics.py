"""Physics: bodies dropped from above come to rest (PyBullet, no rendering)."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.core.errors import Reason, RenderError

Array = NDArray[np.float64]

_STEP = 1 / 120
_STEPS = 360
_ITERATIONS = 14
# A body without joints steps three times as fast as a rigid body in maximal coordinates as it does as a multibody.
_RIGID = {"useMaximalCoordinates": 1}
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
        solids: convex parts, as the hull's points, that collide instead of it; none for a convex thing.
        static: whether it stays where it is put.
    """

    hull: Array
    position: tuple[float, float, float]
    quaternion: tuple[float, float, float, float]
    mass: float = 1.0
    friction: float = 0.6
    solids: tuple[Array, ...] = ()
    static: bool = False

    def scaled(self, factor: float) -> Drop:
        """The same, `factor` times as large; the mass, which only matters beside other masses, stays."""
        x, y, z = (value * factor for value in self.position)
        solids = tuple(points * factor for points in self.solids)
        return replace(self, hull=self.hull * factor, position=(x, y, z), solids=solids)


@dataclass(frozen=True, eq=False)
class Fixed:
    """A body that stays where it is.

    Attributes:
        hull: (N, 3) metres around its position, points whose convex hull collides.
        position: metres.
    """

    hull: Array
    position: tuple[float, float, float]

    def scaled(self, factor: float) -> Fixed:
        """The same, `factor` times as large."""
        x, y, z = (value * factor for value in self.position)
        return replace(self, hull=self.hull * factor, position=(x, y, z))


_SMALL = 0.1
_LIKED = 0.25
_THIN = 0.015


def _scale(drops: Sequence[Drop]) -> float:
    """How many times larger the world is settled: small things as large as crates, large things as they are."""
    if not drops:
        return 1.0
    radius = float(np.median([np.linalg.norm(drop.hull, axis=1).max() for drop in drops]))
    return _LIKED / radius if radius < _SMALL else 1.0


def _thinnest(drops: Sequence[Drop]) -> float:
    return min((float(np.ptp(drop.hull, axis=0).min()) for drop in drops), default=1.0)


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

    def settle(self, drops: Sequence[Drop], fixed: Sequence[Fixed] = ()) -> list[Array]:
        """Lets bodies fall on the ground z = 0 until they rest.

        Small things are settled larger than they are: PyBullet's tolerances are made for metres. Lengths times s and
        time times the root of s fall alike (Froude's similarity), so three seconds of a thing as large as a crate are
        less than one of a die.

        Args:
            drops: the bodies; none may touch another at the start, or they push each other apart.
            fixed: what stands there and does not move.

        Returns:
            (4, 4) poses of the centres of mass, in order. The same drops give the same poses bit by bit, whatever the
            process did before.
        """
        scale = _scale(drops)
        bodies = self._build(drops, fixed, scale)
        # Thin things would pass through one another within a step.
        finer = 3 if _thinnest(drops) * scale < _THIN else 1
        self._step_of(_STEP / finer)
        self._run(bodies, _STEPS * finer, _LOOK_EVERY * finer, 24 * finer)
        return self._poses(bodies, scale)

    def fall(
        self, drops: Sequence[Drop], fixed: Sequence[Fixed] = (), *, frames: int, fps: float
    ) -> tuple[list[list[Array]], list[Array]]:
        """Lets bodies fall as `settle` does, seen at a constant rate.

        Args:
            drops: the bodies.
            fixed: what stands there and does not move.
            frames: how many; the first sees the start.
            fps: frames per second of the things' own size.

        Returns:
            (4, 4) poses of the centres of mass in each frame, in order; and those at rest, after the last one.
        """
        scale = _scale(drops)
        bodies = self._build(drops, fixed, scale)
        finer = 3 if _thinnest(drops) * scale < _THIN else 1
        # A whole number of steps between frames; larger things fall as much longer as the root of their size.
        between = float(np.sqrt(scale)) / fps
        steps = int(np.ceil(between / (_STEP / finer)))
        self._step_of(between / steps)
        seen = [self._poses(bodies, scale)]
        for _ in range(frames - 1):
            for _ in range(steps):
                self._bullet.stepSimulation(physicsClientId=self._client)
            seen.append(self._poses(bodies, scale))
        self._step_of(_STEP / finer)
        self._run(bodies, _STEPS * finer, _LOOK_EVERY * finer, 0)
        return seen, self._poses(bodies, scale)

    def _build(self, drops: Sequence[Drop], fixed: Sequence[Fixed], scale: float) -> list[int]:
        """A new world, `scale` times as large, and the numbers of its bodies."""
        if scale != 1.0:
            drops = [drop.scaled(scale) for drop in drops]
            fixed = [each.scaled(scale) for each in fixed]
        p, client = self._bullet, self._client
        # Only a reset gives back all memory and state; removing bodies one by one leaks.
        p.resetSimulation(physicsClientId=client)
        p.setPhysicsEngineParameter(
            fixedTimeStep=_STEP,
            numSolverIterations=_ITERATIONS,
            deterministicOverlappingPairs=1,
            physicsClientId=client,
        )
        p.setGravity(0, 0, -9.81, physicsClientId=client)
        plane = p.createCollisionShape(p.GEOM_PLANE, physicsClientId=client)
        ground = p.createMultiBody(0, plane, physicsClientId=client, **_RIGID)
        p.changeDynamics(ground, -1, lateralFriction=0.8, physicsClientId=client)
        for each in fixed:
            self._fix(each)
        return [self._add(drop) for drop in drops]

    def _step_of(self, seconds: float) -> None:
        self._bullet.setPhysicsEngineParameter(fixedTimeStep=seconds, physicsClientId=self._client)

    def _run(self, bodies: Sequence[int], steps: int, every: int, least: int) -> None:
        """Steps on until all rest, looked for every so many steps after the least number."""
        for step in range(1, steps + 1):
            self._bullet.stepSimulation(physicsClientId=self._client)
            if step % every == 0 and step > least and self._resting(bodies):
                break

    def _poses(self, bodies: Sequence[int], scale: float) -> list[Array]:
        poses = [self._pose(body) for body in bodies]
        for pose in poses:
            pose[:3, 3] /= scale
        return poses

    def _fix(self, fixed: Fixed) -> None:
        p, client = self._bullet, self._client
        shape = p.createCollisionShape(p.GEOM_MESH, vertices=self._points(fixed.hull), physicsClientId=client)
        body: int = p.createMultiBody(0, shape, -1, fixed.position, (0, 0, 0, 1), physicsClientId=client, **_RIGID)
        if shape < 0 or body < 0:
            raise RenderError("PyBullet refused a body", reason=Reason.INVALID, found=f"{len(fixed.hull)} hull points")
        p.changeDynamics(body, -1, lateralFriction=0.7, collisionMargin=0.0005, physicsClientId=client)

    def _add(self, drop: Drop) -> int:
        p, client = self._bullet, self._client
        first, *others = [
            p.createCollisionShape(p.GEOM_MESH, vertices=self._points(points), physicsClientId=client)
            for points in (drop.solids or (drop.hull,))
        ]
        # Parts hang on the first one by fixed joints; all masses sit at the shape's centre of mass.
        mass = 0.0 if drop.static else drop.mass / (1 + len(others))
        count = len(others)
        links: dict[str, Any] = {
            "linkMasses": [mass] * count,
            "linkCollisionShapeIndices": others,
            "linkVisualShapeIndices": [-1] * count,
            "linkPositions": [[0, 0, 0]] * count,
            "linkOrientations": [[0, 0, 0, 1]] * count,
            "linkInertialFramePositions": [[0, 0, 0]] * count,
            "linkInertialFrameOrientations": [[0, 0, 0, 1]] * count,
            "linkParentIndices": [0] * count,
            "linkJointTypes": [p.JOINT_FIXED] * count,
            "linkJointAxis": [[0, 0, 1]] * count,
        }
        body: int = p.createMultiBody(
            mass, first, -1, drop.position, drop.quaternion, physicsClientId=client, **(links if others else _RIGID)
        )
        if min(first, *others, body) < 0:
            raise RenderError("PyBullet refused a body", reason=Reason.INVALID, found=f"{len(drop.hull)} hull points")
        for link in range(-1, count):
            p.changeDynamics(
                body,
                link,
                lateralFriction=drop.friction,
                rollingFriction=0.004,
                spinningFriction=0.004,
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
