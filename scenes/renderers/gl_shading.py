"""The gl renderer's programs and what they are told: once a picture, once a body, once a material."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from seedbed.scenes.renderers import shaders
from seedbed.scenes.renderers.drawing import Matrix, srgb_to_linear
from seedbed.scenes.renderers.gl_light import SUN_SIZE, LightMaps
from seedbed.scenes.renderers.gl_store import Store
from seedbed.scenes.renderers.shader_light import MOST_LAMPS
from seedbed.scenes.view import Body, Lamp, Material, View

# How far the four outer taps of the shadow filter lie from the middle, texels.
_SHADOW_TAP = 1.2
# From this softness on the width of each penumbra is worked out; below, five taps next to each other are as good.
_SOFT = 1.5
_UNITS = ("base_texture", "sun_map", "sky_map", "far_map", "environment", "sun_depth", "far_depth")

Able = frozenset[str]


class Shading:
    """Chooses the program for a material and fills it in.

    Args:
        ctx: the context that owns the programs.
        maps: of what the lights see.
        store: of textures.
    """

    def __init__(self, ctx: Any, maps: LightMaps, store: Store) -> None:
        self._ctx, self._maps, self._store = ctx, maps, store
        self._programs: dict[Able, Any] = {}
        self._ready: dict[int, int] = {}
        # What each program was last told of a material: it keeps that.
        self._told: dict[int, dict[str, object]] = {}
        self._view: View | None = None
        self._clip = np.eye(4)
        self._frame: Able = frozenset()
        self._lamps: tuple[Lamp, ...] = ()

    def begin(self, view: View, clip: Matrix, shadows: bool) -> None:
        """Starts a picture.

        Args:
            view: what is drawn.
            clip: (4, 4) world to clip space.
            shadows: whether the maps hold this view's.
        """
        light = view.light
        soft, wide = shadows and light.softness > _SOFT, shadows and self._maps.cascades > 1
        wanted = {"SHADOWS": shadows, "SOFT": soft, "CASCADES": wide, "FOG": view.fog is not None}
        wanted["ENVIRONMENT"] = light.environment is not None
        self._frame = frozenset(name for name, on in wanted.items() if on)
        self._view, self._clip = view, clip
        self._ready.clear()
        if shadows:
            for i, sun in enumerate(self._maps.suns[: self._maps.cascades]):
                sun.depth.use(_UNITS.index(("sun_map", "far_map")[i]))
                if soft:
                    # A sampler without comparison over the same texture.
                    unit = _UNITS.index(("sun_depth", "far_depth")[i])
                    sun.depth.use(unit)
                    sun.bare.use(unit)
            self._maps.sky_map.use(_UNITS.index("sky_map"))
        if light.environment is not None:
            self._store.environment(light.environment).use(_UNITS.index("environment"))

    def end(self) -> None:
        """Ends a picture: no sampler stays bound for what comes next."""
        for sun in self._maps.suns:
            for unit in (_UNITS.index("sun_depth"), _UNITS.index("far_depth")):
                sun.bare.clear(unit)
        self._view = None

    def body(self, lamps: tuple[Lamp, ...]) -> None:
        """Starts a body: the lamps that reach it."""
        self._lamps = lamps

    def use(self, body: Body, number: int, material: Material) -> Any:
        """Readies a program for faces of one material.

        Args:
            body: whose.
            number: unique to the body in this picture.
            material: of the faces.

        Returns:
            The program.
        """
        view = self._view
        assert view is not None, "begin() first"
        able = set(self._frame)
        if material.texture is not None:
            able.add("TEXTURED")
        if self._lamps:
            able.add("LAMPS")
        if body is view.ground and view.wet > 0.0:
            able.add("WET")
        program = self._program(frozenset(able))
        last = self._ready.get(id(program))
        if last is None:
            self._set_frame(program, view)
        if last != number:
            write(program, "model", body.pose.T)
            write(program, "normal_matrix", np.linalg.inv(body.pose[:3, :3]))
            program["body_id"].value = body.id
            if self._lamps:
                self._set_lamps(program)
            self._ready[id(program)] = number
        if material.texture is not None:
            self._store.picture(material.texture).texture.use(0)
        told = self._told.setdefault(id(program), {})
        for name in ("color", "roughness", "metallic", "emission"):
            value = getattr(material, name)
            if told.get(name) != value:
                told[name] = value
                if name == "color":
                    program["base_color"].value = srgb_to_linear(value)
                else:
                    program[name].value = value
        return program

    def release(self) -> None:
        """Gives the programs back."""
        for program in self._programs.values():
            program.release()
        self._programs.clear()
        self._told.clear()

    def _set_frame(self, program: Any, view: View) -> None:
        light, maps = view.light, self._maps
        sun = np.asarray(light.sun, np.float64)
        write(program, "clip_from_world", self._clip.T)
        write(program, "eye", view.camera.pose[:3, 3])
        write(program, "sun", sun / np.linalg.norm(sun))
        write(program, "sun_color", light.sun_color)
        if light.environment is None:
            write(program, "sky", light.sky)
            write(program, "bounce", light.bounce)
        else:
            write(program, "harmonics", self._store.harmonics(light.environment))
        if "SHADOWS" in self._frame:
            for name, map_ in zip(("sun", "far"), maps.suns[: maps.cascades], strict=False):
                write(program, f"{name}_from_world", map_.from_world.T)
                write(program, f"{name}_offset", 2.0 * map_.texel)
                if "SOFT" in self._frame:
                    write(program, f"{name}_soft", map_.soft)
            write(program, "sun_tap", _SHADOW_TAP / SUN_SIZE)
            write(program, "sky_from_world", maps.sky_from_world[:2].T)
            write(program, "sky_reach", 1.0 / maps.reach)
        if view.fog is not None:
            write(program, "fog", (*srgb_to_linear(view.fog.color), view.fog.density))
        if "wet" in program:
            write(program, "wet", view.wet)

    def _set_lamps(self, program: Any) -> None:
        at, color = np.zeros((MOST_LAMPS, 4)), np.zeros((MOST_LAMPS, 3))
        for i, lamp in enumerate(self._lamps):
            at[i], color[i] = (*lamp.position, 1.0 / lamp.reach**2), lamp.color
        write(program, "lamp_at", at)
        write(program, "lamp_color", color)
        program["lamp_count"].value = len(self._lamps)

    def _program(self, able: Able) -> Any:
        program = self._programs.get(able)
        if program is None:
            program = self._programs[able] = self._ctx.program(**shaders.shaded(able))
            for unit, name in enumerate(_UNITS):
                if name in program:
                    program[name].value = unit
        return program


def lamps_on(lamps: Sequence[Lamp], corners: Matrix) -> tuple[Lamp, ...]:
    """The lamps that reach a box, at most as many as a program takes: those whose light on it is strongest.

    Args:
        lamps: of the view.
        corners: (8, 4) of the box, world.
    """
    if not lamps:
        return ()
    low, high = corners[:, :3].min(axis=0), corners[:, :3].max(axis=0)
    at = np.array([lamp.position for lamp in lamps])
    gap = np.linalg.norm(at - np.clip(at, low, high), axis=1)
    near = [i for i in range(len(lamps)) if gap[i] < lamps[i].reach]
    if len(near) > MOST_LAMPS:
        near = sorted(near, key=lambda i: -max(lamps[i].color) / max(float(gap[i]) ** 2, 0.01))[:MOST_LAMPS]
    return tuple(lamps[i] for i in near)


def write(program: Any, name: str, value: object) -> None:
    """Writes a float uniform as OpenGL wants it: a matrix column after column. What a program left out is no fault."""
    if name in program:
        program[name].write(np.ascontiguousarray(value, np.float32).tobytes())
