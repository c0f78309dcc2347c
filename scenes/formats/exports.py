"""What the files of labelling tools share: they name images by where the tool keeps them."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from urllib.parse import parse_qs, unquote, urlsplit

from seedbed.scenes.formats.images import images_below, split_of

_UPLOADED = re.compile(r"^[0-9a-f]{8}-")
"""What Label Studio puts before the name of an uploaded file."""


class Pictures:
    """Finds images below a folder by what a labelling tool calls them.

    Args:
        root: the folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._by_name: dict[str, list[Path]] = {}
        for path in images_below(root):
            self._by_name.setdefault(path.name, []).append(path)

    def find(self, name: str) -> Path | None:
        """The image, by as much of its path as is known; None where there is none or more than one.

        Args:
            name: a path or an address.
        """
        parts = PurePosixPath(plain(name)).parts
        if not parts:
            return None
        for last in dict.fromkeys((parts[-1], _UPLOADED.sub("", parts[-1]))):
            same = self._by_name.get(last, [])
            if len(same) == 1:
                return same[0]
            for length in range(2, len(parts) + 1):
                tail = (*parts[-length:-1], last)
                matching = [path for path in same if path.parts[-length:] == tail]
                if len(matching) == 1:
                    return matching[0]
        return None

    def name_of(self, path: Path) -> tuple[str, str]:
        """Split and name of a found image: folders that say a split or `images` are no part of the name."""
        parts = path.relative_to(self._root).parts
        split = next((found for part in parts[:-1] if (found := split_of(part))), "train")
        kept = [part for part in parts[:-1] if part != "images" and split_of(part) is None]
        return split, "/".join([*kept, parts[-1]])


def plain(address: str) -> str:
    """The path in an address: `/data/local-files/?d=a/b.jpg`, `s3://bucket/a/b.jpg`, or a path as it is."""
    parts = urlsplit(address.replace("\\", "/"))
    given = parse_qs(parts.query).get("d")
    return (given[0] if given else unquote(parts.path) or parts.netloc).lstrip("/")
