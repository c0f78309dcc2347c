"""Codes of countries and subdivisions: what is known, and how little of the holidays package is loaded for it."""

from __future__ import annotations

import subprocess
import sys

from seedbed.rules.holiday_codes import unknown_code

ALONE = """
import sys
from seedbed.rules.holiday_codes import unknown_code
assert unknown_code("CA-QC") is None
print(*(name for name in sys.modules if name.startswith("holidays.countries")))
assert unknown_code("AX-01") is not None  # Aland: its module needs another country's
import holidays.countries
print(len(holidays.countries.__all__) if hasattr(holidays.countries, "__all__") else len(vars(holidays.countries)))
print(isinstance(holidays.country_holidays("CA"), holidays.countries.Canada))
"""


def test_known_and_unknown():
    assert unknown_code("FR") is None
    assert unknown_code("CA-QC") is None
    assert unknown_code("XX").message == "unknown country"  # type: ignore[union-attr]
    assert unknown_code("ca").near[0] == "CA"  # type: ignore[union-attr]
    assert unknown_code("CA-QQ").message == "unknown subdivision of CA"  # type: ignore[union-attr]


def test_one_country_is_loaded_alone_and_the_package_stays_whole():
    done = subprocess.run([sys.executable, "-c", ALONE], check=True, capture_output=True, text=True)
    alone, everything, same = done.stdout.split("\n")[:3]
    assert alone == "holidays.countries.canada"
    assert int(everything) > 200
    assert same == "True"
