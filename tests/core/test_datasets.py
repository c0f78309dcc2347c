"""Cards: what it is, where it came from, how good it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedbed.core.datasets import Parent, Quality, dataset_digest, parent_of, read_card, write_card
from seedbed.core.errors import DataError
from seedbed.core.shards import Lock, Store

LOCK = Lock("tables", "book.yaml", "abcd1234", 7)


def make(root: Path, content: bytes, parents: tuple[Parent, ...] = ()) -> Path:
    with Store.open(root, LOCK) as store:
        with store.shard("a") as shard:
            shard.file("tables/sale/a.bin").write_bytes(content)
        write_card(
            root,
            name="sales",
            about="What was sold.",
            lock=LOCK,
            record_sets={
                "sale": [{"name": "price", "type": "Float", "unit": "EUR", "about": "of one", "file": "sale"}]
            },
            quality=Quality.SYNTHETIC,
            parents=parents,
            facts={"rows": 1},
        )
    return root


def test_the_card_is_croissant_and_holds_lineage(tmp_path: Path) -> None:
    card = read_card(make(tmp_path, b"1"))
    assert card["@type"] == "sc:Dataset"
    assert card["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    assert card["recordSet"][0]["field"][0]["dataType"] == "sc:Float"
    assert card["seedbed:lineage"]["file"] == "book.yaml"
    assert card["seedbed:quality"] == {"level": "synthetic", "rows": 1}
    assert card["seedbed:content"]["files"] == 1


def test_the_same_input_gives_the_same_card(tmp_path: Path) -> None:
    first, second = make(tmp_path / "a", b"1"), make(tmp_path / "b", b"1")
    assert (first / "card.json").read_bytes() == (second / "card.json").read_bytes()
    assert dataset_digest(first) != dataset_digest(make(tmp_path / "c", b"2"))


def test_quality_is_inherited_from_the_worst_parent(tmp_path: Path) -> None:
    stand_in = Parent("camera", "00", Quality.STAND_IN)
    child = make(tmp_path / "child", b"1", (Parent("r", "11", Quality.REAL), stand_in))
    assert read_card(child)["seedbed:quality"]["level"] == "stand_in"
    assert parent_of(child).quality is Quality.STAND_IN
    assert Quality.worst([]) is Quality.UNKNOWN
    assert Quality.worst([Quality.REAL, Quality.SYNTHETIC]) is Quality.SYNTHETIC


def test_a_plain_folder_is_a_real_parent_known_by_its_content(tmp_path: Path) -> None:
    folder = tmp_path / "hall"
    (folder / "labels").mkdir(parents=True)
    (folder / "labels/a.txt").write_text("0 .5 .5 .1 .1\n")
    before = parent_of(folder, "real")
    assert (before.name, before.quality, before.role) == ("hall", Quality.REAL, "real")
    (folder / "labels/a.txt").write_text("1 .5 .5 .1 .1\n")
    assert parent_of(folder).digest != before.digest


def test_no_card_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no card.json here"):
        read_card(tmp_path)
    (tmp_path / "card.json").write_text("{}")
    with pytest.raises(DataError, match="not a Seedbed card"):
        read_card(tmp_path)
