"""Cars: a body lofted through cross-sections, glass between its pillars, wheels in arches, lamps and plates.

Every car heads along +x. Proportions are those of common cars: a hatchback of the Golf's size, a saloon of the
Passat's, a van of the Caddy's, each within the ranges of `KINDS_OF_CAR`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.shapes.meshes import Array, Rng, Shape, circle
from seedbed.scenes.shapes.patches import Patch, block, build, metric, net, polygon, quad

_AROUND = 16  # points around a wheel


@dataclass(frozen=True)
class Body:
    """Measures of a kind of car; shares are of its length, from the tail (0) to the nose (1).

    Attributes:
        length: metres, low and high.
        width: metres, without mirrors.
        height: metres.
        waist: height of the shoulder line over the height of the roof.
        axles: places of rear and front axle.
        deck: places where the rear glass ends below and above: a saloon has a boot between the tail and the first.
        screen: places where the windscreen ends above and below.
        bonnet: height of the nose over the waist.
        tail: height of the boot lid over the waist.
        pillars: places between the windows of a side.
        wheel: diameter, metres.
        blind: whether the rear side is metal instead of glass: a delivery van.
    """

    length: tuple[float, float]
    width: tuple[float, float]
    height: tuple[float, float]
    waist: float
    axles: tuple[float, float]
    deck: tuple[float, float]
    screen: tuple[float, float]
    bonnet: float
    tail: float
    pillars: tuple[float, ...]
    wheel: float
    blind: bool = False


KINDS_OF_CAR: dict[str, Body] = {
    "hatchback": Body(
        *((3.9, 4.35), (1.70, 1.80), (1.44, 1.52), 0.615, (0.175, 0.795), (0.02, 0.15), (0.545, 0.74)),
        *(0.80, 1.0, (0.24, 0.40), 0.62),
    ),
    "saloon": Body(
        *((4.5, 4.9), (1.78, 1.88), (1.40, 1.48), 0.625, (0.205, 0.805), (0.13, 0.27), (0.545, 0.73)),
        *(0.80, 0.99, (0.29, 0.42), 0.65),
    ),
    "van": Body(
        *((4.4, 4.9), (1.82, 1.94), (1.70, 1.95), 0.585, (0.19, 0.80), (0.008, 0.05), (0.635, 0.79)),
        *(0.86, 1.0, (0.25, 0.44), 0.68),
    ),
}
"""By name: every kind of car there is."""


def car(kind: str, rng: Rng) -> Shape:
    """A car of a kind, its measures drawn from the kind's ranges.

    Args:
        kind: key of `KINDS_OF_CAR`.
        rng: of the world.
    """
    body = KINDS_OF_CAR[kind]
    length, width, height = (float(rng.uniform(*pair)) for pair in (body.length, body.width, body.height))
    lines = _Lines(body, length, width, height)
    patches = [
        *_shell(lines, blind=body.blind),
        *_wheels(lines, rng),
        *_details(lines),
    ]
    return build(patches, origin=(0.0, 0.0, 0.55), crease=38.0)


@dataclass(frozen=True)
class _Lines:
    """The lines of one car: how its height and width run from tail to nose."""

    body: Body
    length: float
    width: float
    height: float

    def x(self, share: float) -> float:
        """Metres from the middle, of a share of the length."""
        return (share - 0.5) * self.length

    @property
    def sill(self) -> float:
        """Height of the lower edge, metres."""
        return 0.13 * self.height

    @property
    def waist(self) -> float:
        """Height of the shoulder line in the middle, metres."""
        return self.body.waist * self.height

    def stations(self) -> Array:
        """Places of the cross-sections, metres, tail to nose."""
        body, wheel = self.body, self.body.wheel
        shares = [0, 0.004, 0.03, 0.08, *body.deck, *body.screen, 0.9, 0.955, 0.988, 1.0]
        half = 0.014
        for pillar in (*body.pillars, (body.deck[1] + 0.03)):
            shares += [pillar - half, pillar + half]
        shares += [body.screen[0] - 0.02]
        places = [self.x(share) for share in shares]
        arch = 0.57 * wheel
        for axle in body.axles:
            places += (self.x(axle) + arch * np.cos(np.linspace(0, np.pi, 9))).tolist()
            places += [self.x(axle) - arch - 0.02, self.x(axle) + arch + 0.02]
        places.sort()
        kept = [places[0]]
        for place in places[1:]:
            if place - kept[-1] > 0.02:
                kept.append(place)
        return np.array(kept)

    def roof(self, x: Array) -> Array:
        """Height of the upper outline (bonnet, screen, roof, rear glass, boot), metres."""
        b, h, w = self.body, self.height, self.waist
        (low_d, top_d), (top_s, low_s) = b.deck, b.screen
        tail = w * b.tail
        at = [0.0, low_d, top_d, top_d + 0.12, (top_d + top_s) / 2, top_s - 0.06, top_s, low_s, 0.90, 0.96, 1.0]
        up = [tail * 0.97, tail, h * 0.965, h * 0.995, h, h * 0.992, h * 0.97, w * 1.01]
        up += [w * (0.35 + 0.65 * b.bonnet), w * (0.10 + 0.90 * b.bonnet) * 0.97, w * b.bonnet * 0.88]
        return np.interp(x, [self.x(share) for share in at], up)

    def shoulder(self, x: Array) -> Array:
        """Height of the shoulder line, metres; never above the outline."""
        w = self.waist
        at = [0.0, 0.06, 0.3, self.body.screen[1], 0.9, 1.0]
        line = np.interp(x, [self.x(s) for s in at], [w * 0.97, w * 1.0, w * 1.0, w * 0.955, w * 0.86, w * 0.78])
        return np.minimum(line, self.roof(x) - 0.02)

    def half(self, x: Array) -> Array:
        """Half width at the widest, metres: the plan is round at the corners."""
        at = [0.0, 0.004, 0.03, 0.10, 0.3, 0.6, 0.85, 0.93, 0.965, 0.988, 1.0]
        wide = [0.84, 0.90, 0.95, 0.985, 1.0, 1.0, 0.985, 0.95, 0.90, 0.82, 0.72]
        return np.interp(x, [self.x(s) for s in at], np.array(wide) * self.width / 2)

    def arch(self, x: Array) -> Array:
        """Height of the lower edge: the sill, raised over the wheels, metres."""
        rise = np.full_like(x, self.sill)
        radius = 0.57 * self.body.wheel
        for axle in self.body.axles:
            inside = radius**2 - (x - self.x(axle)) ** 2
            top = self.body.wheel / 2 + np.sqrt(np.maximum(inside, 0))
            rise = np.where(inside >= -1e-9, np.maximum(top, self.sill), rise)
        # Bumpers end a little above the sill.
        lift = np.interp(x, [self.x(s) for s in (0.0, 0.08, 0.92, 1.0)], [0.06, 0.0, 0.0, 0.04])
        return rise + lift


def _sections(lines: _Lines, x: Array) -> Array:
    """The right half's cross-sections, (rows, stations, 3), from the middle below to the middle above."""
    roof, shoulder, half, arch = lines.roof(x), lines.shoulder(x), lines.half(x), lines.arch(x)
    sill = np.full_like(x, lines.sill)
    rise = np.clip((roof - shoulder) / (lines.height - lines.waist), 0, 1)  # 0 on the bonnet, 1 on the roof
    # Widths narrow upwards where there is a cabin; on the bonnet its edge lies close to the shoulder.
    rail = half * (0.93 - 0.17 * rise)
    inner = half - 0.27
    low_glass, high_glass = 0.10, 0.86
    wide_low = half * (0.96 - 0.03 * rise)
    rows: list[tuple[Array, Array]] = [
        (np.zeros_like(x), sill + 0.02),
        (inner, sill + 0.02),
        (inner, np.maximum(arch, sill + 0.02)),
        (half * 0.985, arch),
        (half, arch + (shoulder - arch) * 0.12),
        (half * 1.0, arch + (shoulder - arch) * 0.62),
        (half * 0.985, shoulder - 0.035),
        (half * 0.955, shoulder),
        (wide_low + (rail - wide_low) * low_glass, shoulder + (roof - shoulder) * low_glass * rise + 0.004),
        (wide_low + (rail - wide_low) * high_glass, shoulder + (roof - shoulder) * high_glass),
        (rail * 0.985, shoulder + (roof - shoulder) * 0.97),
        (rail * 0.84, roof - 0.004),
        (rail * 0.42, roof + 0.012 * lines.height),
        (np.zeros_like(x), roof + 0.016 * lines.height),
    ]
    return np.stack([np.stack([x, -y, z], axis=1) for y, z in rows])


def _shell(lines: _Lines, *, blind: bool) -> list[Patch]:
    """The body, right half lofted and mirrored."""
    x = lines.stations()
    points = _sections(lines, x)
    kinds = _kinds_of(lines, x, len(points), blind=blind)
    right = _cells(points, kinds)
    mirror = np.diag([1.0, -1.0, 1.0])
    gaps = [_gap(lines, share) for share in (*lines.body.pillars[-2:], lines.body.screen[1] - 0.075)]
    right += gaps
    return [*right, *(patch.turned(mirror) for patch in right), *_ends(points)]


def _gap(lines: _Lines, share: float) -> Patch:
    """The dark line between two doors: a strip a hair outside the body."""
    x = lines.x(share) + np.array([-0.005, 0.005])
    rows = _sections(lines, x)[4:8]
    return net(rows + np.array([0.0, -0.002, 0.0]), "car trim")


def _kinds_of(lines: _Lines, x: Array, rows: int, *, blind: bool) -> NDArray[np.object_]:
    """What each cell of the shell is made of, (rows - 1, stations - 1)."""
    body = lines.body
    kinds = np.full((rows - 1, len(x) - 1), "car paint", object)
    kinds[:3] = "car trim"
    middle = (x[1:] + x[:-1]) / 2 / lines.length + 0.5
    (low_d, top_d), (top_s, low_s) = body.deck, body.screen
    glazed = (middle > top_d + 0.044) & (middle < low_s - 0.012)
    for pillar in body.pillars:
        glazed &= np.abs(middle - pillar) > 0.014
    kinds[8, glazed] = "car glass"
    kinds[7, (middle > top_d) & (middle < low_s - 0.02)] = "car trim"
    if blind:
        kinds[8, middle < body.pillars[-1]] = "car paint"
    screen = (middle > top_s) & (middle < low_s)
    rear = (middle > low_d) & (middle < top_d)
    for row in (10, 11, 12):
        kinds[row, screen | rear] = "car glass"
    kinds[10, screen | rear] = "car trim"
    # Lamps wrap round the corners; plastic runs along the lower edge.
    kinds[5, middle > 0.955] = "car headlight"
    kinds[4, middle > 0.985] = "car trim"
    kinds[5:7, middle < 0.035] = "car taillight"
    kinds[3, :] = "car trim"
    return kinds


def _cells(points: Array, kinds: NDArray[np.object_]) -> list[Patch]:
    """One patch per kind of a lofted grid, all smoothed together."""
    a, b = points[:-1, :-1], points[:-1, 1:]
    c, d = points[1:, 1:], points[1:, :-1]
    patches = []
    for kind in sorted(set(kinds.ravel())):
        at = kinds == kind
        one, two = np.stack([a[at], b[at], c[at]], axis=1), np.stack([a[at], c[at], d[at]], axis=1)
        corners = np.concatenate([one, two])
        patches.append(Patch(corners, metric(corners, 1.0), str(kind), "shell"))
    return patches


def _ends(points: Array) -> list[Patch]:
    """Closes nose and tail with flat strips from side to side."""
    patches = []
    mirror = np.array([1.0, -1.0, 1.0])
    for station, ahead in ((-1, True), (0, False)):
        ring = points[:, station]
        for row in range(1, len(ring) - 1):
            low, high = ring[row], ring[row + 1]
            if abs(high[2] - low[2]) < 1e-4:
                continue
            kind = "car trim" if row <= (4 if ahead else 3) else "car paint"
            face = (low, low * mirror, high * mirror, high)
            patches.append(quad(*(face if ahead else face[::-1]), kind))
    return patches


def _wheels(lines: _Lines, rng: Rng) -> list[Patch]:
    """Four wheels: tyre, rim and a dark well behind them."""
    radius, wide = lines.body.wheel / 2, 0.2
    turn = float(rng.uniform(0, 2 * np.pi))
    ring = circle(_AROUND)
    profile = [(0.62, -wide / 2), (0.93, -wide / 2), (1.0, -wide * 0.32), (1.0, wide * 0.32), (0.93, wide / 2)]
    profile += [(0.69, wide / 2), (0.66, wide / 2 - 0.025)]
    patches = []
    for axle in lines.body.axles:
        for side in (-1.0, 1.0):
            x = lines.x(axle)
            y = side * (lines.width / 2 - wide / 2 - 0.015)
            rings = np.stack(
                [
                    np.column_stack(
                        [
                            x + ring[:, 0] * radius * r,
                            np.full(len(ring), y + side * w),
                            radius + ring[:, 1] * radius * r,
                        ]
                    )
                    for r, w in profile
                ]
            )
            tyre = net(rings if side < 0 else rings[:, ::-1], "car tyre")
            rim = rings[-1][:-1] if side < 0 else rings[-1][:-1][::-1]
            c, s = np.cos(turn), np.sin(turn)
            places = (rim[:, [0, 2]] - [x, radius]) / (radius * 0.66) / 2
            patches += [tyre, polygon(rim, "car rim", places @ np.array([[c, s], [-s, c]]) + 0.5)]
    return [_flipped(patch) if _inward(patch) else patch for patch in patches]


def _inward(patch: Patch) -> bool:
    """Whether a patch round its own middle faces inwards, by its signed volume or, of a disc, its side."""
    middle = patch.corners.mean((0, 1))
    normal = np.cross(patch.corners[:, 1] - patch.corners[:, 0], patch.corners[:, 2] - patch.corners[:, 0])
    if patch.kind == "car rim":
        return bool(normal[:, 1].sum() * middle[1] < 0)
    away = (patch.corners.mean(1) - middle) * np.array([1.0, 0.0, 1.0])
    return bool((normal * away).sum() < 0)


def _flipped(patch: Patch) -> Patch:
    return Patch(patch.corners[:, ::-1], patch.uvs[:, ::-1], patch.kind, patch.group)


def _details(lines: _Lines) -> list[Patch]:
    """Lamps, grille, plates, mirrors, handles."""
    nose, tail, w = lines.x(1.0), lines.x(0.0), lines.width
    top = lines.roof(np.array([nose]))[0]
    back = lines.shoulder(np.array([tail]))[0]
    low = lines.sill
    span = top - low
    patches = [
        # Front: lamps at the corners, grille between them, intake and plate below.
        block((nose - 0.05, -0.19 * w, low + 0.62 * span), (nose + 0.012, 0.19 * w, low + 0.86 * span), "car trim"),
        block((nose - 0.05, -0.24 * w, low + 0.12 * span), (nose + 0.010, 0.24 * w, low + 0.36 * span), "car trim"),
        *_board(nose + 0.018, (low + 0.43 * span, low + 0.43 * span + 0.11), 0.26, ahead=True),
        *_board(tail - 0.018, (low + 0.42 * (back - low), low + 0.42 * (back - low) + 0.11), 0.26, ahead=False),
    ]
    for side in (-1.0, 1.0):
        edges = sorted((side * 0.21 * w, side * 0.352 * w))
        lamp = ((nose - 0.05, edges[0], low + 0.62 * span), (nose + 0.014, edges[1], low + 0.88 * span))
        patches.append(block(*lamp, "car headlight"))
        edges = sorted((side * 0.27 * w, side * 0.425 * w))
        lamp = ((tail - 0.012, edges[0], back - 0.27), (tail + 0.05, edges[1], back - 0.05))
        patches.append(block(*lamp, "car taillight"))
        at = lines.x(lines.body.screen[1] - 0.045)
        level = lines.shoulder(np.array([at]))[0]
        edges = sorted((side * (w / 2 - 0.09), side * (w / 2 + 0.11)))
        patches.append(block((at - 0.04, edges[0], level + 0.015), (at + 0.05, edges[1], level + 0.13), "car paint"))
        for place in (lines.body.pillars[-1] + 0.03, lines.body.pillars[0] + 0.03):
            edges = sorted((side * w / 2 * 0.97, side * (w / 2 + 0.012)))
            x, z = lines.x(place), lines.waist - 0.1
            patches.append(block((x, edges[0], z), (x + 0.18, edges[1], z + 0.03), "car trim"))
    return patches


def _board(x: float, heights: tuple[float, float], half: float, *, ahead: bool) -> list[Patch]:
    low, high = heights
    side = half if ahead else -half
    corners = ((x, -side, low), (x, side, low), (x, side, high), (x, -side, high))
    return [quad(*corners, "car plate")]
