"""A dataset's card: what it is, where it came from, how good it is.

`card.json` is Croissant 1.0 JSON-LD (https://docs.mlcommons.org/croissant/docs/croissant-spec.html) with a block of
Seedbed's own under `seedbed:`. The verbs write it; nobody fills in a form. It holds no time and no machine name, so
the same file and seed give the same card.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from seedbed.core.errors import DataError, Reason
from seedbed.core.files import write_atomic
from seedbed.core.shards import Lock, read_manifest

CARD = "card.json"
_HASHED_SUFFIXES = {".jpg", ".jpeg", ".png", ".txt", ".yaml", ".yml", ".parquet", ".csv", ".json"}


class Quality(StrEnum):
    """How far a dataset may be trusted, best first; what is made from several inherits the worst."""

    REAL_CHECKED = "real_checked"
    """Measured, and checked against a rule book."""
    REAL = "real"
    """Measured, taken as it is."""
    MIXED = "mixed"
    """Partly measured, partly generated."""
    SYNTHETIC = "synthetic"
    """Generated from a file by rules; exact about itself, a guess about the world."""
    STAND_IN = "stand_in"
    """Generated to play the part of measured data in a demonstration."""
    UNKNOWN = "unknown"
    """No card."""

    @classmethod
    def worst(cls, levels: Iterable[Quality]) -> Quality:
        """The level that something made from these has."""
        order = list(cls)
        return max(levels, key=order.index, default=cls.UNKNOWN)


@dataclass(frozen=True)
class Parent:
    """A dataset that another was made from.

    Attributes:
        name: its card's name, or its folder's.
        digest: `dataset_digest` of it.
        quality: its level.
        role: what it was used as, such as `synthetic` or `real`.
    """

    name: str
    digest: str
    quality: Quality
    role: str = ""


def dataset_digest(root: Path) -> str:
    """One BLAKE2b (128 bit, hex) for a dataset's content.

    From the manifest where there is one; else from names and bytes of its data files.
    """
    hasher = hashlib.blake2b(digest_size=16)
    records = list(read_manifest(root))
    if records:
        for record in records:
            for name, file in sorted(record.files.items()):
                hasher.update(f"{name}\0{file.blake2b}\0".encode())
        return hasher.hexdigest()
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix.lower() in _HASHED_SUFFIXES and path.name != CARD:
            content = hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
            hasher.update(f"{path.relative_to(root).as_posix()}\0{content}\0".encode())
    return hasher.hexdigest()


def parent_of(root: Path, role: str = "") -> Parent:
    """A dataset folder as a parent; one without a card is taken as real data that nobody has checked."""
    if (root / CARD).is_file():
        card = read_card(root)
        return Parent(card["name"], dataset_digest(root), Quality(card["seedbed:quality"]["level"]), role)
    return Parent(root.resolve().name, dataset_digest(root), Quality.REAL, role)


def write_card(
    root: Path,
    *,
    name: str,
    about: str,
    lock: Lock,
    record_sets: Mapping[str, Sequence[Mapping[str, Any]]],
    quality: Quality,
    parents: Sequence[Parent] = (),
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Writes `card.json` for what the manifest holds.

    Args:
        root: the dataset folder.
        name: of the dataset.
        about: one or two sentences.
        lock: what it was made from.
        record_sets: name -> fields, each `{"name", "type", "about", "unit", "sensitive", "file"}`, absent ones left
            out; `type` is a schema.org type such as `Integer`, `Float`, `Text`, `Date`, `DateTime`, `Boolean`.
        quality: level of the dataset on its own; parents may lower it.
        parents: what it was made from.
        facts: further counts and checks for people, JSON-able.
    """
    asked = lock.to_json()
    level = Quality.worst([quality, *(parent.quality for parent in parents)])
    records = list(read_manifest(root))
    paths = [path for record in records for path in record.files]
    single = [path for path in paths if "/" not in path]
    folders = sorted({path.rpartition("/")[0] for path in paths if "/" in path})
    card = {
        "@context": {
            "@vocab": "https://schema.org/",
            "sc": "https://schema.org/",
            "cr": "http://mlcommons.org/croissant/",
            "dct": "http://purl.org/dc/terms/",
            "conformsTo": "dct:conformsTo",
            "recordSet": "cr:recordSet",
            "field": "cr:field",
            "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
            "seedbed": "urn:seedbed:",
        },
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": name,
        "description": about,
        "version": f"{lock.seed}+{lock.digest[:12]}",
        "distribution": [
            *({"@type": "cr:FileObject", "@id": path, "name": path, "contentUrl": path} for path in single),
            *({"@type": "cr:FileSet", "@id": folder, "name": folder, "includes": f"{folder}/*"} for folder in folders),
        ],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": table,
                "name": table,
                "field": [_field(table, field) for field in fields],
            }
            for table, fields in record_sets.items()
        ],
        "seedbed:lineage": {
            "made_by": f"seedbed {asked['version']}",
            "kind": lock.kind,
            "file": lock.file,
            "file_digest": lock.digest,
            "seed": lock.seed,
            "options": {key: value for key, value in lock.options.items() if value is not None},
            "parents": [{"name": p.name, "digest": p.digest, "quality": p.quality, "role": p.role} for p in parents],
        },
        "seedbed:quality": {"level": level, **(facts or {})},
        "seedbed:content": {
            "digest": dataset_digest(root),
            "shards": len(records),
            "files": sum(len(record.files) for record in records),
            "bytes": sum(file.size for record in records for file in record.files.values()),
        },
    }
    write_atomic(root / CARD, json.dumps(card, indent=2, ensure_ascii=False).encode() + b"\n")


def _field(table: str, field: Mapping[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{table}/{field['name']}",
        "name": field["name"],
        "dataType": f"sc:{field['type']}",
    }
    if field.get("about"):
        entry["description"] = field["about"]
    for extra in ("unit", "sensitive"):
        if field.get(extra):
            entry[f"seedbed:{extra}"] = field[extra]
    if field.get("file"):
        entry["source"] = {"fileSet": {"@id": field["file"]}, "extract": {"column": field["name"]}}
    return entry


def read_card(root: Path) -> dict[str, Any]:
    """The card of a dataset folder.

    Raises:
        DataError: there is none, or it is damaged.
    """
    path = root / CARD
    try:
        card = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise DataError(
            "no card.json here",
            reason=Reason.NOT_A_DATASET,
            where=root,
            repair="name a folder that a Seedbed command wrote; an interrupted one gets its card when it is completed",
        ) from None
    except (OSError, ValueError) as error:
        raise DataError(
            "the card cannot be read",
            reason=Reason.DAMAGED,
            where=path,
            found=error,
            repair="run the command that made the folder again: it writes the card anew",
        ) from None
    if not isinstance(card, dict) or "seedbed:lineage" not in card or "seedbed:quality" not in card:
        raise DataError(
            "not a Seedbed card",
            reason=Reason.NOT_A_DATASET,
            where=path,
            repair="run the command that made the folder again: it writes the card anew",
        )
    return card
