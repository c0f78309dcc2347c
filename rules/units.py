"""Units that are often taken for each other, and how to get from one to the other."""

from __future__ import annotations

_PAIRS: tuple[tuple[str, str, float, float], ...] = (
    # from, to, factor, offset. Exact by definition (NIST SP 811) except where rounded: US gallon, psi.
    ("°C", "°F", 1.8, 32.0),
    ("°C", "K", 1.0, 273.15),
    ("kg", "lb", 1 / 0.45359237, 0.0),
    ("kg", "g", 1000.0, 0.0),
    ("t", "kg", 1000.0, 0.0),
    ("g", "oz", 1 / 28.349523125, 0.0),
    ("m", "ft", 1 / 0.3048, 0.0),
    ("m", "cm", 100.0, 0.0),
    ("m", "mm", 1000.0, 0.0),
    ("cm", "in", 1 / 2.54, 0.0),
    ("cm", "mm", 10.0, 0.0),
    ("km", "mi", 1 / 1.609344, 0.0),
    ("km", "m", 1000.0, 0.0),
    ("km/h", "mph", 1 / 1.609344, 0.0),
    ("km/h", "m/s", 1 / 3.6, 0.0),
    ("m2", "ft2", 1 / 0.09290304, 0.0),
    ("m3", "l", 1000.0, 0.0),
    ("l", "gal", 1 / 3.785411784, 0.0),
    ("l", "ml", 1000.0, 0.0),
    ("bar", "psi", 14.503773773, 0.0),
    ("bar", "kPa", 100.0, 0.0),
    ("hPa", "kPa", 0.1, 0.0),
    ("kWh", "Wh", 1000.0, 0.0),
    ("kW", "W", 1000.0, 0.0),
    ("V", "mV", 1000.0, 0.0),
    ("h", "min", 60.0, 0.0),
    ("min", "s", 60.0, 0.0),
    ("s", "ms", 1000.0, 0.0),
    ("%", "share", 0.01, 0.0),
    ("CAD", "cents", 100.0, 0.0),
    ("USD", "cents", 100.0, 0.0),
    ("EUR", "cents", 100.0, 0.0),
)
_OTHER_NAMES = {
    "C": "°C", "F": "°F", "celsius": "°C", "fahrenheit": "°F", "kelvin": "K", "lbs": "lb", "m²": "m2", "ft²": "ft2",
    "sqft": "ft2", "m³": "m3", "L": "l", "mL": "ml", "minutes": "min", "seconds": "s", "hours": "h", "percent": "%",
    "kmh": "km/h", "mile": "mi", "miles": "mi", "inch": "in", "foot": "ft", "feet": "ft", "hour": "h",
}  # fmt: skip


def _usual(unit: str) -> str:
    return _OTHER_NAMES.get(unit.strip(), unit.strip())


def conversion(before: str, after: str) -> tuple[float, float] | None:
    """How to get from one unit to another.

    Args:
        before: such as `°C`.
        after: such as `°F`.

    Returns:
        (factor, offset) with `after = before * factor + offset`, or None where the pair is not known.
    """
    first, last = _usual(before), _usual(after)
    for one, other, factor, offset in _PAIRS:
        if (one, other) == (first, last):
            return factor, offset
        if (other, one) == (first, last):
            return 1 / factor, -offset / factor
    return None


def usual_other(unit: str) -> str | None:
    """The unit that is most often sent instead of one, or None."""
    name = _usual(unit)
    pairs = [(one, other) for one, other, _, _ in _PAIRS if name in (one, other)]
    return None if not pairs else pairs[0][1] if pairs[0][0] == name else pairs[0][0]


def known_units() -> tuple[str, ...]:
    """Every unit of a known pair."""
    return tuple(dict.fromkeys(name for one, other, _, _ in _PAIRS for name in (one, other)))
