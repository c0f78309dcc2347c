"""The guide's plans are plans."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from seedbed.training.plan import loads_plan

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "training.md"
PLANS = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("text", PLANS, ids=lambda text: re.search(r"name: (\w+)", text)[1])  # type: ignore[index]
def test_plans_of_the_guide(text: str) -> None:
    assert loads_plan(text).value.epochs == 20


def test_every_schedule_is_in_the_guide() -> None:
    from typing import get_args

    from seedbed.training.mix.share import Share

    text = GUIDE.read_text(encoding="utf-8")
    for name in get_args(Share.model_fields["schedule"].annotation):
        assert name in text
