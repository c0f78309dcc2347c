"""A view as a Blender scene. Imported in Blender's process only."""

from __future__ import annotations

import os
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix, Vector

from seedbed.scenes.renderers.drawing import runs
from seedbed.scenes.renderers.sheets import without_far_sides
from seedbed.scenes.srgb import decoded
from seedbed.scenes.view import Body, Bytes, Camera, Lamp, Light, Material, Mesh, View

# Half the sun's angle in the sky, radians.
_SUN_ANGLE = 0.00465
# Millimetres; any height does, this one keeps wide lenses within what Blender takes.
_SENSOR = 100.0
# Width of the pixel filter that takes a pixel's centre alone: Blender's smallest, pixels.
_CENTRE = 0.01


def build(view: View, samples: int) -> None:
    """Makes Blender's scene that of a view, whatever was there before.

    Bodies have the pass index of their place in `view.bodies`, from 1; everything else has 0.

    Args:
        view: what to draw.
        samples: paths a pixel; a single one goes through its centre.
    """
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    surfaces = _Surfaces(view)
    shadows = view.light.shadows
    for index, body in enumerate(view.bodies, 1):
        _add(scene, body, index, surfaces, body.casts and shadows)
    for body in view.scenery:
        _add(scene, body, 0, surfaces, body.casts and shadows)
    if view.ground is not None:
        _add(scene, view.ground, 0, surfaces, shadows)
    _light(scene, view.light)
    _camera(scene, view.camera)
    _settings(scene, view.camera, samples)


def at_centres(scene: Any) -> None:
    """Changes a scene to draw what is at the pixels' centres, and no light."""
    cycles = scene.cycles
    cycles.samples, cycles.filter_width, cycles.max_bounces = 1, _CENTRE, 0
    cycles.use_denoising = False


def _settings(scene: Any, camera: Camera, samples: int) -> None:
    render, cycles = scene.render, scene.cycles
    render.engine = "CYCLES"
    render.resolution_x, render.resolution_y, render.resolution_percentage = camera.width, camera.height, 100
    render.film_transparent = True
    render.threads_mode, render.threads = "FIXED", len(os.sched_getaffinity(0))
    render.image_settings.file_format = "OPEN_EXR_MULTILAYER"
    render.image_settings.color_depth, render.image_settings.exr_codec = "32", "NONE"
    render.use_compositing = render.use_sequencer = False
    layer = scene.view_layers[0]
    layer.name = "ViewLayer"
    layer.use_pass_z = layer.use_pass_object_index = True
    # Back faces are transparent: what is behind them has the id and the depth.
    layer.pass_alpha_threshold = 0.5
    cycles.device, cycles.seed = "CPU", 0
    cycles.samples, cycles.use_adaptive_sampling = samples, False
    cycles.pixel_filter_type, cycles.filter_width = "BOX", 1.0 if samples > 1 else _CENTRE
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 2, 1, 2
    cycles.transparent_max_bounces = 32
    cycles.sample_clamp_direct, cycles.sample_clamp_indirect = 0.0, 4.0
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
    cycles.denoising_input_passes, cycles.denoising_prefilter = "RGB_ALBEDO_NORMAL", "FAST"


def _camera(scene: Any, camera: Camera) -> None:
    data = bpy.data.cameras.new("camera")
    data.sensor_fit, data.sensor_height = "VERTICAL", _SENSOR
    data.lens = _SENSOR / 2.0 / float(np.tan(np.radians(camera.fov) / 2.0))
    data.clip_start, data.clip_end = camera.near, camera.far
    render = scene.render
    render.pixel_aspect_x, render.pixel_aspect_y = max(1.0 / camera.stretch, 1.0), max(camera.stretch, 1.0)
    # Blender counts both shifts in heights of the picture.
    data.shift_x = (0.5 - camera.center[0]) * camera.width / camera.stretch / camera.height
    data.shift_y = camera.center[1] - 0.5
    thing = bpy.data.objects.new("camera", data)
    thing.matrix_world = _matrix(camera.pose)
    scene.collection.objects.link(thing)
    scene.camera = thing


def _matrix(pose: Any) -> Any:
    return Matrix(pose.tolist())


def _add(scene: Any, body: Body, index: int, surfaces: _Surfaces, blocks: bool) -> None:
    thing = bpy.data.objects.new("body", _mesh(body, surfaces))
    thing.matrix_world = _matrix(body.pose)
    thing.pass_index = index
    # What throws no shadow lets the light of the sky through as well.
    thing.visible_shadow = thing.visible_diffuse = blocks
    scene.collection.objects.link(thing)


def _mesh(body: Body, surfaces: _Surfaces) -> Any:
    shape: Mesh = body.mesh
    mesh = bpy.data.meshes.new("mesh")
    kept = without_far_sides(shape, (np.linalg.inv(body.pose) @ surfaces.eye)[:3])
    count = int(kept.sum())
    corners = np.ascontiguousarray(shape.faces[kept].reshape(-1), np.int32)
    mesh.vertices.add(len(shape.vertices))
    mesh.vertices.foreach_set("co", np.ascontiguousarray(shape.vertices, np.float32).reshape(-1))
    mesh.loops.add(len(corners))
    mesh.loops.foreach_set("vertex_index", corners)
    mesh.polygons.add(count)
    mesh.polygons.foreach_set("loop_start", np.arange(0, 3 * count, 3, dtype=np.int32))
    uvs = mesh.uv_layers.new(do_init=False)
    uvs.uv.foreach_set("vector", np.ascontiguousarray(shape.uvs[corners], np.float32).reshape(-1))
    slots = np.zeros(len(shape.faces), np.int32)

    for number, (first, last, material) in enumerate(runs(body)):
        mesh.materials.append(surfaces.of(material, ground=body is surfaces.ground))
        slots[first:last] = number
    mesh.polygons.foreach_set("material_index", slots[kept])
    mesh.update()
    mesh.normals_split_custom_set_from_vertices(shape.normals.astype(np.float32))
    return mesh


class _Surfaces:
    """Materials and pictures, each made once a scene."""

    def __init__(self, view: View) -> None:
        self.ground, self.eye = view.ground, view.camera.pose[:, 3]
        self._materials: dict[tuple[int, bool], Any] = {}
        self._pictures: dict[int, Any] = {}

    def of(self, material: Material, *, ground: bool) -> Any:
        key = id(material), ground
        if key not in self._materials:
            self._materials[key] = self._made(material)
        return self._materials[key]

    def _made(self, material: Material) -> Any:
        made = bpy.data.materials.new("material")
        made.use_nodes = True
        made.cycles.emission_sampling = "NONE"
        nodes, link = made.node_tree.nodes, made.node_tree.links.new
        nodes.clear()
        surface = nodes.new("ShaderNodeBsdfPrincipled")
        color = (*(float(c) for c in decoded(np.asarray(material.color))), 1.0)
        inputs = surface.inputs
        inputs["Base Color"].default_value = inputs["Emission Color"].default_value = color
        inputs["Roughness"].default_value = material.roughness
        inputs["Metallic"].default_value = material.metallic
        inputs["Emission Strength"].default_value = material.emission
        if material.texture is not None:
            picture, product = nodes.new("ShaderNodeTexImage"), nodes.new("ShaderNodeMixRGB")
            picture.image = self._picture(material.texture)
            product.blend_type = "MULTIPLY"
            product.inputs["Fac"].default_value = 1.0
            product.inputs["Color2"].default_value = color
            link(picture.outputs["Color"], product.inputs["Color1"])
            link(product.outputs["Color"], inputs["Base Color"])
            link(product.outputs["Color"], inputs["Emission Color"])
        # Faces are seen from their front only, and block light from both sides.
        back, ray, both = (
            nodes.new("ShaderNodeNewGeometry"),
            nodes.new("ShaderNodeLightPath"),
            nodes.new("ShaderNodeMath"),
        )
        both.operation = "MULTIPLY"
        link(back.outputs["Backfacing"], both.inputs[0])
        link(ray.outputs["Is Camera Ray"], both.inputs[1])
        mix, nothing, output = (
            nodes.new("ShaderNodeMixShader"),
            nodes.new("ShaderNodeBsdfTransparent"),
            nodes.new("ShaderNodeOutputMaterial"),
        )
        link(both.outputs["Value"], mix.inputs[0])
        link(surface.outputs["BSDF"], mix.inputs[1])
        link(nothing.outputs["BSDF"], mix.inputs[2])
        link(mix.outputs["Shader"], output.inputs["Surface"])
        return made

    def _picture(self, pixels: Bytes) -> Any:
        if id(pixels) not in self._pictures:
            self._pictures[id(pixels)] = _image(pixels[::-1] / np.float32(255.0), "sRGB")
        return self._pictures[id(pixels)]


def _image(pixels: Any, space: str) -> Any:
    """An image of (H, W, 3) values, bottom row first."""
    height, width = pixels.shape[:2]
    image = bpy.data.images.new("image", width, height, alpha=False, float_buffer=space != "sRGB")
    image.colorspace_settings.name = space
    four = np.ones((height, width, 4), np.float32)
    four[..., :3] = pixels
    image.pixels.foreach_set(four.reshape(-1))
    return image


def _light(scene: Any, light: Light) -> None:
    # The factor pi is folded into a view's light: a white matt surface facing a sun of 1 has radiance 1.
    strength = max(light.sun_color)
    if strength > 0.0:
        data = bpy.data.lights.new("sun", "SUN")
        data.energy = float(np.pi) * strength
        data.color = [c / strength for c in light.sun_color]
        data.angle = 2.0 * _SUN_ANGLE * light.softness
        data.use_shadow = light.shadows
        thing = bpy.data.objects.new("sun", data)
        thing.rotation_euler = Vector(light.sun).to_track_quat("Z", "Y").to_euler()
        scene.collection.objects.link(thing)
    for lamp in light.lamps:
        _lamp(scene, lamp)
    world = bpy.data.worlds.new("world")
    world.use_nodes = True
    scene.world = world
    nodes, link = world.node_tree.nodes, world.node_tree.links.new
    background = nodes["Background"]
    # An even sky is found by rays that leave at random, and the sun is then asked for every time instead of in turn
    # with the sky: half the noise.
    world.cycles.sampling_method = "NONE" if light.environment is None else "AUTOMATIC"
    if light.environment is not None:
        around = nodes.new("ShaderNodeTexEnvironment")
        around.image = _image(light.environment[::-1], "Linear Rec.709")
        link(around.outputs["Color"], background.inputs["Color"])
    else:
        # Light that is even + 1.5 * tilt * z sends even + tilt * z back from a white matt surface facing z.
        even = (np.asarray(light.sky) + light.bounce) / 2.0
        tilt = 1.5 * (np.asarray(light.sky) - light.bounce) / 2.0
        at, ramp = nodes.new("ShaderNodeTexCoord"), nodes.new("ShaderNodeVectorMath")
        apart = nodes.new("ShaderNodeSeparateXYZ")
        ramp.operation = "MULTIPLY_ADD"
        ramp.inputs[1].default_value, ramp.inputs[2].default_value = tilt, even
        link(at.outputs["Generated"], apart.inputs[0])
        link(apart.outputs["Z"], ramp.inputs[0])
        link(ramp.outputs["Vector"], background.inputs["Color"])


def _lamp(scene: Any, lamp: Lamp) -> None:
    strength = max(lamp.color)
    data = bpy.data.lights.new("lamp", "POINT")
    data.energy = 4.0 * float(np.pi) ** 2 * strength
    data.color = [c / strength for c in lamp.color]
    data.shadow_soft_size = 0.02
    data.use_shadow = False
    thing = bpy.data.objects.new("lamp", data)
    thing.location = lamp.position
    scene.collection.objects.link(thing)
