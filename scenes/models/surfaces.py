"""What floors and things are covered with: textures by name, or folders of pictures."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Tag

from seedbed.scenes.models.folders import Folder
from seedbed.scenes.models.ranges import some


def named_or_folder(value: Any) -> str:
    """One problem per wrong item, not one per way it could have been meant."""
    return "named" if isinstance(value, str) else "pictures"


Pictures = Annotated[Folder, Tag("pictures")]
TextureName = Literal[
    "tiles",
    "concrete",
    "noise",
    "wood",
    "asphalt",
    "plain",
    "carpet",
    "gym",
    "brick",
    "grass",
    "fabric",
    "scratches",
    "dirt",
    "print",
]
TextureItem = Annotated[Annotated[TextureName, Tag("named")] | Pictures, Discriminator(named_or_folder)]
TextureItems = Annotated[tuple[TextureItem, ...], AfterValidator(some)]
