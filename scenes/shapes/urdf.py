"""URDF: the visible geometry of a robot or thing, all joints at zero (wiki.ros.org/urdf/XML)."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np

from seedbed.core.errors import Reason, RenderError
from seedbed.scenes.shapes.meshes import Array
from seedbed.scenes.shapes.readers import Piece, read_pieces, trimesh_module
from seedbed.scenes.view import Material

_MOST_BYTES = 16 << 20


def pieces_of_urdf(path: Path) -> tuple[list[Piece], list[Path], list[str]]:
    """The visuals of every link at their places, metres.

    Returns:
        The pieces, the files read and the names of those missing.

    Raises:
        RenderError: not a readable URDF, or nothing to see in it.
    """
    root = _root(path)
    places = _places(path, root)
    colors = {item.get("name"): color for item in root.findall("material") if (color := _color(path, item)) is not None}
    pieces: list[Piece] = []
    files, missing = [path], []
    for link in root.findall("link"):
        for visual in link.findall("visual"):
            matrix = places[link.get("name")] @ _origin(path, visual.find("origin"))
            named = visual.find("material")
            color = None if named is None else _color(path, named) or colors.get(named.get("name"))
            material = None if color is None else Material(color)
            shape = visual.find("geometry/*")
            if shape is None:
                continue
            made, read, absent = _geometry(path, shape)
            files += [file for file in read if file not in files]
            missing += [name for name in absent if name not in missing]
            for piece in made:
                piece.mesh.apply_transform(matrix)
                pieces.append(Piece(piece.mesh, piece.smooth, material))
    if not pieces and not missing:
        raise _bad(path, "no visual geometry in it")
    return pieces, files, missing


def _root(path: Path) -> ElementTree.Element:
    data = path.read_bytes()
    if len(data) > _MOST_BYTES or b"<!ENTITY" in data:
        raise _bad(path, "too large, or with entities of its own")
    try:
        root = ElementTree.fromstring(data)
    except ElementTree.ParseError as error:
        raise _bad(path, str(error)) from None
    if root.tag != "robot":
        raise _bad(path, f"it starts with <{root.tag}> instead of <robot>")
    return root


def _places(path: Path, root: ElementTree.Element) -> dict[str | None, Array]:
    """Every link's frame in that of the root link."""
    above = {
        _link(joint, "child"): (_link(joint, "parent"), _origin(path, joint.find("origin")))
        for joint in root.findall("joint")
    }
    places: dict[str | None, Array] = {}
    for link in root.findall("link"):
        name, matrix = link.get("name"), np.eye(4)
        seen: set[str | None] = set()
        while name in above:
            if name in seen:
                raise _bad(path, f"the joints of link {name!r} run in a circle")
            seen.add(name)
            name, own = above[name]
            matrix = own @ matrix
        places[link.get("name")] = matrix
    return places


def _link(joint: ElementTree.Element, end: str) -> str | None:
    found = joint.find(end)
    return None if found is None else found.get("link")


def _geometry(path: Path, shape: ElementTree.Element) -> tuple[list[Piece], list[Path], list[str]]:
    create = trimesh_module().creation
    if shape.tag == "box":
        return [Piece(create.box(_numbers(path, shape.get("size"), 3)), False)], [], []
    if shape.tag == "sphere":
        return [Piece(create.icosphere(3, float(_numbers(path, shape.get("radius"), 1)[0])), False)], [], []
    if shape.tag in ("cylinder", "capsule"):
        radius, length = (float(_numbers(path, shape.get(key), 1)[0]) for key in ("radius", "length"))
        make = create.cylinder if shape.tag == "cylinder" else create.capsule
        return [Piece(make(radius=radius, height=length), False)], [], []
    if shape.tag != "mesh":
        raise _bad(path, f"geometry <{shape.tag}> is not known")
    name = shape.get("filename") or ""
    place = _found(path, name)
    if place is None:
        return [], [], [name]
    pieces, files, missing = read_pieces(place)
    scale = np.diag([*_numbers(path, shape.get("scale") or "1 1 1", 3), 1.0])
    for piece in pieces:
        piece.mesh.apply_transform(scale)
    return pieces, files, missing


def _found(path: Path, name: str) -> Path | None:
    """The file of a mesh: beside the URDF, or in a package, which is a folder of that name above it."""
    plain = name.removeprefix("package://").removeprefix("model://").removeprefix("file://")
    for folder in path.resolve().parents:
        for tail in (plain, plain.partition("/")[2]):
            if tail and (folder / tail).is_file():
                return folder / tail
        if name == plain:
            break
    return None


def _origin(path: Path, item: ElementTree.Element | None) -> Array:
    matrix = np.eye(4)
    if item is None:
        return matrix
    roll, pitch, yaw = _numbers(path, item.get("rpy") or "0 0 0", 3)
    (a, b), (c, d), (e, f) = ((np.cos(x), np.sin(x)) for x in (roll, pitch, yaw))
    matrix[:3, :3] = (
        np.array([[e, -f, 0], [f, e, 0], [0, 0, 1]])
        @ np.array([[c, 0, d], [0, 1, 0], [-d, 0, c]])
        @ np.array([[1, 0, 0], [0, a, -b], [0, b, a]])
    )
    matrix[:3, 3] = _numbers(path, item.get("xyz") or "0 0 0", 3)
    return matrix


def _color(path: Path, item: ElementTree.Element) -> tuple[float, float, float] | None:
    found = item.find("color")
    if found is None:
        return None
    red, green, blue, _ = _numbers(path, found.get("rgba"), 4)
    return float(red), float(green), float(blue)


def _numbers(path: Path, text: str | None, count: int) -> Array:
    try:
        values = np.array([float(value) for value in (text or "").split()])
    except ValueError:
        values = np.zeros(0)
    if len(values) != count:
        raise _bad(path, f"{text!r} should be {count} number{'s' if count > 1 else ''}")
    return values


def _bad(path: Path, why: str) -> RenderError:
    return RenderError(f"not a readable URDF ({why})", reason=Reason.DAMAGED, where=path)
