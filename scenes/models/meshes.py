"""The user's own meshes in a scene file, and what can be wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from seedbed.core.documents import Model, Problems
from seedbed.core.errors import Reason, RenderError
from seedbed.core.words import listed
from seedbed.scenes.models.ranges import Lengths
from seedbed.scenes.models.thing import Thing

if TYPE_CHECKING:
    from seedbed.scenes.shapes.loaded import Loaded

_FORMATS = ".obj, .glb, .gltf, .stl, .ply, .off, .urdf"
Unit = Literal["mm", "cm", "m", "inch", "foot"]


class MeshFolder(Model):
    """A folder of meshes: every thing takes one of them."""

    folder: str = Field(min_length=1)
    """Path of the folder, relative to the scene file."""


def _file_or_folder(value: Any) -> str:
    return "file" if isinstance(value, str) else "meshes"


def _unit_or_number(value: Any) -> str:
    return "unit" if isinstance(value, str) else "number"


class MeshThing(Thing):
    """A mesh of one's own: OBJ, GLB, STL, PLY or URDF. Mass and the hull that collides are found by themselves."""

    longest: ClassVar[str] = "size"
    shape: Literal["mesh"] = "mesh"
    mesh: Annotated[
        Annotated[Annotated[str, Field(min_length=1)], Tag("file")] | Annotated[MeshFolder, Tag("meshes")],
        Discriminator(_file_or_folder),
    ]
    """Path of the file, relative to the scene file; or `{folder: cars}`, one of which each thing takes."""
    scale: (
        Annotated[
            Annotated[Annotated[float, Field(gt=0, le=1e6)], Tag("number")] | Annotated[Unit, Tag("unit")],
            Discriminator(_unit_or_number),
        ]
        | None
    ) = None
    """Metres per unit of the file, or the unit's name. Left out: the file is in metres."""
    size: Lengths | None = None
    """Instead of `scale`: how long the longest side shall be, metres."""
    up: Literal["x", "-x", "y", "-y", "z", "-z"] | None = None
    """The file's axis that points up. Left out: y for OBJ and GLB, z for STL, PLY and URDF.

    `color` left out keeps the file's own colours; given, it multiplies textures and replaces plain colours.
    """
    marks: Literal[0] = 0
    """Prints are in the mesh's own texture."""

    @property
    def extent(self) -> float:
        """The longest it may be, metres; of a mesh scaled by its unit, only the file tells."""
        return self.size[1] if self.size is not None else 0.0

    def paths(self, folder: Path) -> list[Path]:
        """The mesh files, sorted by name so that their order is the same on every machine.

        Args:
            folder: of the scene file.
        """
        from seedbed.scenes.shapes.loaded import MESH_SUFFIXES

        if isinstance(self.mesh, str):
            return [folder / self.mesh]
        place = folder / self.mesh.folder
        if not place.is_dir():
            return []
        return sorted(path for path in place.iterdir() if path.suffix.lower() in MESH_SUFFIXES and path.is_file())

    def scale_of(self, loaded: Loaded, at: float) -> float:
        """Metres per unit of the file.

        Args:
            loaded: the file.
            at: in [0, 1], where in the range of `size`.
        """
        from seedbed.scenes.shapes.loaded import UNITS

        if self.size is not None:
            low, high = self.size
            return (low + (high - low) * at) / max(loaded.extent, 1e-12)
        if self.scale is None:
            return 1.0
        return UNITS[self.scale] if isinstance(self.scale, str) else self.scale


def check_mesh(index: int, thing: MeshThing, folder: Path, world: float, problems: Problems) -> None:
    """Adds what is wrong with a mesh of the scene.

    Args:
        index: of the thing in the scene's objects.
        thing: the thing.
        folder: of the scene file.
        world: side of the world, metres.
        problems: what is found is added here.
    """
    loc: tuple[str | int, ...] = ("objects", index, "mesh")
    if thing.scale is not None and thing.size is not None:
        problems.add(("objects", index, "scale"), "the size tells this already", allowed="scale or size, not both")
    paths = thing.paths(folder)
    if isinstance(thing.mesh, MeshFolder):
        loc = (*loc, "folder")
        if not paths:
            there = (folder / thing.mesh.folder).is_dir()
            message = "the folder holds no meshes" if there else "no such folder"
            problems.add(loc, message, found=thing.mesh.folder, allowed=f"a folder of files {_FORMATS}", at_value=True)
    elif Path(thing.mesh).suffix.lower() not in _FORMATS.split(", "):
        problems.add(loc, "not a kind of mesh that can be read", found=thing.mesh, allowed=_FORMATS, at_value=True)
        return
    for path in paths:
        _check_file(loc, thing, path, world, problems)


def _check_file(loc: tuple[str | int, ...], thing: MeshThing, path: Path, world: float, problems: Problems) -> None:
    from seedbed.scenes.shapes.loaded import load_mesh

    try:
        loaded = load_mesh(path)
    except RenderError as error:
        found = None if error.reason is Reason.MISSING_PACKAGE else path.name
        problems.add(loc, error.message, found=found, allowed=error.repair, reason=error.reason, at_value=True)
        return
    for name in loaded.missing:
        kind = "material file" if name.lower().endswith(".mtl") else "mesh" if _is_mesh(name) else "texture"
        problems.add(
            loc,
            f"{path.name} names a {kind} that is not there",
            found=name,
            allowed=f"the file, at that place beside {path.name}",
            reason=Reason.NOT_FOUND,
            at_value=True,
        )
    if not loaded.parts or thing.size is not None:
        return
    length = loaded.extent * thing.scale_of(loaded, 1.0)
    if _SMALLEST <= length <= world:
        return
    units = {"mm": 0.001, "cm": 0.01, "inch": 0.0254, "m": 1.0}
    fits = {unit: loaded.extent * metres for unit, metres in units.items() if 0.02 <= loaded.extent * metres <= world}
    hints = [f"`scale: {unit}` ({metres:.3g} m)" for unit, metres in fits.items()]
    likely = "probably in millimetres: " if length >= 100 and "mm" in fits else ""
    problems.add(
        loc,
        likely + (f"larger than the world, {world:g} m" if length > world else "too small to see"),
        found=f"{path.name} is {length:.4g} m long",
        allowed=" or ".join([*hints, "`size: [low, high]`, its longest side in metres"]),
        at_value=True,
    )


_SMALLEST = 0.002


def _is_mesh(name: str) -> bool:
    return any(name.lower().endswith(suffix) for suffix in (*_FORMATS.split(", "), ".dae"))


def mesh_remarks(thing: MeshThing, folder: Path) -> Iterator[str]:
    """What a person should know of meshes that are fine: open surfaces, very many triangles.

    Args:
        thing: checked already.
        folder: of the scene file.
    """
    from seedbed.scenes.shapes.loaded import load_mesh

    meshes = [(path.name, load_mesh(path)) for path in thing.paths(folder)]
    torn = [name for name, loaded in meshes if not loaded.watertight]
    if torn:
        what = "drawn from both sides where they are open, and the centre of mass is taken of the hull"
        yield f"{listed(torn, 3)} {'are' if len(torn) > 1 else 'is'} not watertight: {what}"
    for name, loaded in meshes:
        if loaded.faces > _MANY:
            yield f"{name} has {loaded.faces:,} triangles, which slows every frame: a simpler mesh looks the same"


_MANY = 100_000


def mesh_files(thing: MeshThing, folder: Path) -> list[Path]:
    """Every file a mesh of the scene is read from, materials and textures too, sorted."""
    from seedbed.scenes.shapes.loaded import load_mesh

    return sorted({file for path in thing.paths(folder) for file in load_mesh(path).files})
