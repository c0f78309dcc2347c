"""A settled world becomes a `View`: surfaces, walls, light and camera, drawn anew for each frame.

Drawing surfaces costs a hundredth of a new drop and is worth as much to a detector, so every view has its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.core.keys import generator
from seedbed.scenes.frames.catching import plain_ground
from seedbed.scenes.frames.framing import camera_of
from seedbed.scenes.frames.lens import unbent, wider
from seedbed.scenes.frames.lighting import at_night
from seedbed.scenes.frames.street_ground import road, scenery
from seedbed.scenes.frames.street_night import lit
from seedbed.scenes.frames.street_sky import sky
from seedbed.scenes.frames.weather import conditions, fog_of
from seedbed.scenes.models.backdrops import Hdri, Photographs
from seedbed.scenes.models.folders import Folder
from seedbed.scenes.models.scene import Scene
from seedbed.scenes.models.solids import Clutter, Lookalike
from seedbed.scenes.models.surfaces import TextureItems
from seedbed.scenes.shapes.meshes import sheet
from seedbed.scenes.shapes.solids import box
from seedbed.scenes.surfaces import materials
from seedbed.scenes.surfaces.backdrops import backdrop
from seedbed.scenes.surfaces.environments import lit_by, seen, surroundings
from seedbed.scenes.surfaces.fixtures import fixture_material
from seedbed.scenes.surfaces.kinds import KINDS, own_color, own_material, slot_material
from seedbed.scenes.surfaces.materials import Rng
from seedbed.scenes.surfaces.photographs import photograph
from seedbed.scenes.surfaces.textures import any_texture, surface
from seedbed.scenes.surfaces.textures import texture as texture_of
from seedbed.scenes.view import Body, Bytes, Camera, Material, Mesh, View
from seedbed.scenes.worlds.arrangement import Arrangement, Piece
from seedbed.scenes.worlds.fixtures import Fixture

Array = NDArray[np.float64]

_GROUND_CELLS = 10  # large triangles are slow in PyBullet's renderer
_GROUND = sheet(1.0, 1.0, _GROUND_CELLS)
_WALL = 512  # pixels of a picture on a wall
_WHITE = (1.0, 1.0, 1.0)
_BOARD = box((1.0, 1.0, 1.0), prints=False).mesh


@dataclass(frozen=True, eq=False)
class Stage:
    """What no wall may stand before or in.

    Attributes:
        arrangement: the things, in every place that they come to.
        cameras: on their way; the walls face the first one.
    """

    arrangement: Arrangement
    cameras: Sequence[Camera]


@dataclass(frozen=True, eq=False)
class Dresser:
    """Makes views of a scene.

    Attributes:
        scene: the scene.
        folder: what folders in it are relative to.
    """

    scene: Scene
    folder: Path

    def view(self, frame: int, arrangement: Arrangement) -> View:
        """Frame number `frame`: a pure function of scene, seed and number, given its world."""
        camera = camera_of(self.scene, arrangement, generator(self.scene.seed, "camera", frame))
        return self.dressed(frame, arrangement, Stage(arrangement, (camera,)))[0]

    def dressed(self, frame: int, arrangement: Arrangement, stage: Stage) -> tuple[View, Callable[[Camera], Bytes]]:
        """A frame as the stage's first camera sees it, and what stands behind for another camera.

        Args:
            frame: number; in a sequence that of its first frame, whose surfaces, light and weather all have.
            arrangement: of the frame's world.
            stage: the cameras, and what no wall may stand before.
        """
        scene, camera = self.scene, stage.cameras[0]
        rng = generator(scene.seed, "view", frame)
        bodies = tuple(
            self._body(index, piece, pose, rng)
            for index, (piece, pose) in enumerate(zip(arrangement.pieces, arrangement.poses, strict=True), start=1)
        )
        street = arrangement.street
        ground = self._ground(rng) if street is None else road(street, rng)
        light, weather = conditions(scene, frame, rng)
        kind = _one(scene.world.backdrop, rng)
        if isinstance(kind, Hdri):
            place, turn = surroundings(_one(kind.paths(self.folder), rng)), float(rng.uniform(0, 2 * np.pi))
            light, gain = lit_by(light, place, turn)
        before = deepcopy(rng)

        def behind(camera: Camera, rng: Rng) -> Bytes:
            if isinstance(kind, Hdri):
                return seen(place, turn, gain, wider(camera))
            if street is None:
                return at_night(self._behind(kind, camera, rng), light)
            return at_night(sky(wider(camera), light, weather.overcast, rng), light)

        backdrop = behind(camera, rng)
        catcher = isinstance(kind, Photographs) and kind.ground
        if catcher:
            ground = plain_ground(ground, backdrop)
        if street is not None:
            around = scenery(street, rng)
            bodies, lamps = lit(arrangement, bodies, light, generator(scene.seed, "street night", frame))
            light = replace(light, lamps=(*light.lamps, *lamps))
        else:  # where the whole place is photographed, nothing may stand before it
            walls = () if isinstance(kind, Hdri) or catcher else self._walls(stage, rng)
            around = (*self._fixtures(arrangement, rng), *walls)
        view = View(
            bodies=bodies,
            ground=ground,
            light=light,
            camera=camera,
            backdrop=backdrop,
            scenery=around,
            # A photograph brings its own air and its own water.
            fog=None if catcher else fog_of(light, weather),
            wet=0.0 if catcher else weather.wet,
            catcher=catcher,
            rain=weather.rain,
            supersample=scene.image.supersample,
        )
        return view, lambda camera: behind(camera, deepcopy(before))

    def _body(self, index: int, piece: Piece, pose: Array, rng: Rng) -> Body:
        thing = self.scene.objects[piece.thing]
        if isinstance(thing, Clutter | Lookalike):
            return Body(index, None, piece.shape.mesh, self._distractor(piece, rng), pose)
        color = own_color(thing.form, thing.color, rng)
        if piece.foreign:
            color = materials.other_color(color, rng)
        roughness = materials.between(rng, thing.roughness)
        metallic = materials.between(rng, thing.metallic)
        own = material = Material(color, None, roughness, metallic)
        if thing.texture is not None:
            tint = _WHITE if thing.color is None else color
            own = material = Material(tint, self._texture(thing.texture, rng), roughness, metallic)
        elif piece.shape.surface and thing.color is None:
            own = material = KINDS[piece.shape.surface](own, rng)
        if rng.uniform() < thing.marks:
            material = Material((1.0, 1.0, 1.0), materials.printed(color, rng), roughness)
        brought = piece.shape.surfaces
        parts = tuple(
            (
                slot.first,
                slot.last,
                own_material(brought[slot.kind], own, tinted=thing.color is not None)
                if slot.kind in brought
                else slot_material(slot, own, rng),
            )
            for slot in piece.shape.slots
        )
        return Body(index, piece.name, piece.shape.mesh, material, pose, parts, keypoints=piece.shape.keypoints)

    def _distractor(self, piece: Piece, rng: Rng) -> Material:
        if piece.alike is None:
            return surface(rng)
        model = self.scene.objects[piece.alike]
        color = None if isinstance(model, Clutter | Lookalike) else model.color
        return Material(materials.class_color(color, rng), None, float(rng.uniform(0.2, 0.9)))

    def _texture(self, items: TextureItems, rng: Rng) -> Bytes:
        item = items[rng.integers(len(items))]
        if isinstance(item, Folder):
            return materials.picture_from(self.folder / item.folder, rng)
        return texture_of(item, rng)

    def _fixtures(self, arrangement: Arrangement, rng: Rng) -> tuple[Body, ...]:
        """Trays and shelves: one surface for all parts of the same kind."""
        kinds = dict.fromkeys(fixture.surface for fixture in arrangement.fixtures)
        color = self.scene.world.tray.color if self.scene.world.layout == "tray" else None
        surfaces = {kind: fixture_material(kind, color, rng) for kind in kinds}
        return tuple(_board(fixture, surfaces[fixture.surface]) for fixture in arrangement.fixtures)

    def _ground(self, rng: Rng) -> Body:
        texture = self._texture(self.scene.world.ground.material, rng)
        side = self.scene.world.size * 3 + 6
        # What lies on a table is seen from near: a pattern is as fine as the place is small.
        repeat = float(0.5 * 10 ** rng.uniform(0, 0.9)) * min(1.0, max(0.1, self.scene.world.size / 4))
        turn = rng.uniform(0, 2 * np.pi)
        pose = np.diag([side, side, 1.0, 1.0])
        pose[:2, :2] = side * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        tiled = Mesh(_GROUND.vertices, _GROUND.normals, _GROUND.uvs * np.float32(side / repeat), _GROUND.faces)
        roughness = float(rng.uniform(0.15, 1.0))
        return Body(0, None, tiled, Material((1.0, 1.0, 1.0), texture, roughness), pose)

    def _behind(self, kind: object, camera: Camera, rng: Rng) -> Bytes:
        """What stands behind the scene; a photograph comes out of the lens as it was taken."""
        if isinstance(kind, Photographs):
            return unbent(photograph(kind, self.folder, (camera.width, camera.height), rng), camera)
        return backdrop(rng)

    def _picture(self, rng: Rng) -> Bytes:
        """A picture for a wall."""
        kind = _one(self.scene.world.backdrop, rng)
        if isinstance(kind, Photographs):
            return photograph(kind, self.folder, (_WALL, _WALL), rng)
        return backdrop(rng)

    def _walls(self, stage: Stage, rng: Rng) -> tuple[Body, ...]:
        """Walls and furniture behind everything, seen from the camera; they hide nothing and need no physics."""
        eyes = [camera.pose[:3, 3] for camera in stage.cameras]
        eye, ahead = eyes[0], -stage.cameras[0].pose[:3, 2]
        heading = float(np.arctan2(ahead[1], ahead[0]))
        walls: list[Body] = []
        count = int(rng.choice(4, p=(0.14, 0.4, 0.3, 0.16)))
        for _ in range(count):
            turn = heading + float(rng.uniform(-0.9, 0.9))
            normal = np.array([np.cos(turn), np.sin(turn)])
            far = _reach(stage.arrangement, eyes, normal) + 0.05 + float(rng.exponential(0.9))
            high, thick = float(rng.uniform(0.3, 3.0)), 0.1
            wide = float(rng.uniform(1.0, 16.0)) if rng.uniform() < 0.5 else 16.0
            slide = float(rng.uniform(-2, 2)) if wide < 16 else 0.0
            along = np.array([-normal[1], normal[0]])
            middle = normal * (far + thick / 2) + along * (float(eye[:2] @ along) + slide)
            walls.append(_slab(middle, turn, (thick, wide, high), self._wall_material(rng)))
            if rng.uniform() < 0.4:  # furniture along the wall
                deep = float(rng.uniform(0.2, 0.6))
                size = (deep, float(rng.uniform(0.3, 2.0)), float(rng.uniform(0.2, 1.6)))
                spot = normal * (far + thick + deep / 2) + along * (float(eye[:2] @ along) + float(rng.uniform(-2, 2)))
                walls.append(_slab(spot, turn, size, surface(rng, 0.5)))
        return tuple(walls)

    def _wall_material(self, rng: Rng) -> Material:
        texture = self._picture(rng) if rng.uniform() < 0.7 else any_texture(rng)
        return Material((1.0, 1.0, 1.0), texture, float(rng.uniform(0.3, 1.0)))


def _one(items: Sequence[Any], rng: Rng) -> Any:
    return items[int(rng.integers(len(items)))]


def _reach(arrangement: Arrangement, eyes: Sequence[Array], normal: Array) -> float:
    """How far things and the camera extend along a level direction, metres from the origin."""
    reach = max(float(eye[:2] @ normal) for eye in eyes) + 0.5
    for piece, pose in zip(arrangement.pieces, arrangement.poses, strict=True):
        reach = max(reach, float(pose[:2, 3] @ normal) + piece.shape.radius)
    return reach


def _board(fixture: Fixture, material: Material) -> Body:
    pose = np.diag([*fixture.size, 1.0])
    pose[:3, 3] = fixture.middle
    return Body(0, None, _BOARD, material, pose)


def _slab(middle: Array, turn: float, size: tuple[float, float, float], material: Material) -> Body:
    pose = np.eye(4)
    pose[:2, :2] = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    pose[:3, :3] = pose[:3, :3] * np.array(size)
    pose[:3, 3] = (*middle, size[2] / 2)
    return Body(0, None, _BOARD, material, pose, casts=False)  # or the whole hall would lie in its shade
