"""Forms a model can be exported to, and the packages each needs."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass

from seedbed.core.errors import Reason, TrainingError
from seedbed.core.words import nearest_hint


@dataclass(frozen=True)
class Form:
    """A form.

    Attributes:
        packages: modules that have to be there.
        install: how to get them.
        int8: whether it can be made with whole numbers.
        silenced: modules that must not load: they tell others, over a network, what is done here.
    """

    packages: tuple[str, ...]
    install: str
    int8: bool
    silenced: tuple[str, ...] = ()


FORMS = {
    "onnx": Form(("onnx", "onnxruntime"), "pip install 'seedbed[export]'", True),
    "torchscript": Form((), "", False),
    "openvino": Form(("openvino",), "pip install openvino", True, ("openvino_telemetry",)),
    "ncnn": Form(("ncnn", "pnnx"), "pip install ncnn pnnx", False),
}
"""MNN is not among them: its converter runs `pip install` by itself and sends an identity of the machine."""
INT8 = "-int8"


def form_of(name: str, int8: bool) -> Form:
    """A form by name, with its packages at hand.

    Args:
        name: one of `FORMS`.
        int8: whether whole numbers are asked for.

    Raises:
        TrainingError: it is unknown, cannot hold whole numbers, or packages are absent.
    """
    if name not in FORMS:
        raise TrainingError(
            f"no such format{nearest_hint(name, FORMS)}",
            reason=Reason.UNKNOWN_NAME,
            found=name,
            allowed=", ".join(FORMS),
        )
    form = FORMS[name]
    if int8 and not form.int8:
        raise TrainingError(
            f"{name} is not made with int8 here",
            found=f"{name} with int8",
            allowed=", ".join(each for each, one in FORMS.items() if one.int8),
        )
    needed = form.packages + (("nncf",) if int8 and name == "openvino" else ())
    absent = [package for package in needed if importlib.util.find_spec(package) is None]
    if absent:
        raise TrainingError(
            f"export to {name} needs {' and '.join(absent)}",
            reason=Reason.MISSING_PACKAGE,
            repair=form.install + (" nncf" if "nncf" in absent else ""),
        )
    return form


def silence(form: Form) -> None:
    """Keeps a form's packages from telling others; they go on without the modules that would."""
    for name in form.silenced:
        sys.modules[name] = None  # type: ignore[assignment]


def asked(word: str) -> tuple[str, bool]:
    """`onnx-int8` -> `onnx`, True."""
    return word.removesuffix(INT8), word.endswith(INT8)
