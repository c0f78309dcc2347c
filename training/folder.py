"""What stands in a run folder beside its results: its lock, the plan as it was run, its card."""

from __future__ import annotations

import hashlib
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedbed.core.datasets import Quality, parent_of, write_card
from seedbed.core.documents import Document
from seedbed.core.shards import Lock, Option
from seedbed.training.plan import Plan
from seedbed.training.sets.material import Sources

if TYPE_CHECKING:
    from seedbed.training.runs import TrainResult

RESULTS = "results.json"
"""What a finished seed reached."""


def lock_of(document: Document[Plan], sources: Sources) -> Lock:
    """What the weights depend on: the plan and the content of the datasets, wherever they lie."""
    options: dict[str, Option] = {
        name: each.digest if each is not None else None
        for name, each in {"synthetic": sources.synthetic, "real": sources.real}.items()
    }
    if isinstance(sources.real_labels, frozenset):
        options["real_labels"] = _digest(sources.real_labels)
    return Lock(
        kind="run",
        file=document.path.name,
        digest=document.digest,
        seed=document.value.seeds[0],
        options=options,
    )


def _digest(names: frozenset[str]) -> str:
    return hashlib.blake2b("\n".join(sorted(names)).encode(), digest_size=16).hexdigest()


def resolved(document: Document[Plan], sources: Sources, model: Path | str) -> bytes:
    """The plan as it was run: every default spelt out, every path from the root."""
    from ruamel.yaml import YAML

    body = document.value.model_dump(mode="json", exclude_none=True)
    body["model"] = str(model)
    body["share"] = document.value.share.spelt()
    if document.value.test_share is not None:
        body["test_share"] = document.value.test_share.spelt()
    body["classes"] = list(sources.names)
    body["test"] = list(sources.judged)
    for name in ("synthetic", "real"):
        body.pop(name, None)
    for name, origins in (("synthetic", sources.synthetic_origins), ("real", sources.real_origins)):
        if origins:
            body[name] = [
                {**origin.source.model_dump(mode="json", exclude_defaults=True), "data": str(origin.root.resolve())}
                for origin in origins
            ]
    if isinstance(sources.real_labels, frozenset):
        body["real_labels"] = str((document.folder / str(document.value.real_labels)).resolve())
    if document.value.places is not None:
        body["places"] = str((document.folder / document.value.places).resolve())
    text = io.StringIO()
    yaml: Any = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False
    yaml.dump(body, text)
    return text.getvalue().encode()


def write_run_card(document: Document[Plan], sources: Sources, out: Path, result: TrainResult) -> None:
    """Writes card.json: what the run was made from, and what it reached.

    Args:
        document: the plan.
        sources: its data.
        out: the run folder.
        result: of the run.
    """
    parents = [parent_of(origin.root, "synthetic") for origin in sources.synthetic_origins]
    parents.extend(parent_of(origin.root, "real") for origin in sources.real_origins)
    columns = result.seeds[0].epochs[0] if result.seeds and result.seeds[0].epochs else {}
    folder = result.seeds[0].folder.relative_to(out).as_posix()
    file = "epochs.csv" if folder == "." else f"{folder}/epochs.csv"
    write_card(
        out,
        name=document.value.name,
        about=document.value.about or f"A detector of {', '.join(sources.names)}.",
        lock=lock_of(document, sources),
        record_sets={
            "epochs": [
                {
                    "name": name,
                    "type": "Integer" if re.search("epoch|images$|loads|repeats|best", name) else "Float",
                    "file": file,
                }
                for name in columns
            ]
        },
        quality=Quality.worst([parent.quality for parent in parents]),
        parents=parents,
        facts={"test": result.summary, "seeds": [each.seed for each in result.seeds]},
    )
