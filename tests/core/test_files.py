"""Files are whole or absent, and what stops them is said in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.core.errors import EngineError
from seedbed.core.files import write_atomic, writing


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_truly_full_device() -> None:
    with pytest.raises(EngineError, match="disk is full"), writing(Path("/dev/full")), open("/dev/full", "wb") as file:
        file.write(b"x" * (1 << 16))


@given(st.binary(max_size=50))
def test_write_atomic_replaces(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("w") / "f"
    path.write_bytes(b"old")
    write_atomic(path, content)
    assert path.read_bytes() == content
    assert len(list(path.parent.iterdir())) == 1
