"""Runs in MLflow: an SQLite file beside the run folders, or a team's server."""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from seedbed.core.errors import DataError, Reason, TrainingError
from seedbed.core.files import json_of
from seedbed.training.folder import RESULTS
from seedbed.training.history.inputs import FILE as INPUTS
from seedbed.training.learning.epochs import read_history

DATABASE = "mlflow.db"
SERVER = "MLFLOW_TRACKING_URI"
_ARTIFACTS = ("results.json", "epochs.csv", "schedule.json", "real_labels.json")


@dataclass(frozen=True)
class Run:
    """A recorded run.

    Attributes:
        id: MLflow's.
        name: of the plan, with the seed.
        family: plan, model and image size; only runs of a family are compared.
        test: digest of the test set.
        started: milliseconds since 1970.
        metrics: final scores, such as `real/mAP50-95`.
        params: what the plan said.
        folder: where the run lies, or lay.
        seed: of the run.
        inputs: from `inputs.inputs_of`; empty where none were recorded.
    """

    id: str
    name: str
    family: str
    test: str
    started: int
    metrics: dict[str, float]
    params: dict[str, str]
    folder: str
    seed: str
    inputs: dict[str, Any]


def store_of(folder: Path) -> str:
    """The tracking address: `MLFLOW_TRACKING_URI` where it is set, else the SQLite file in a folder.

    Args:
        folder: that holds the run folders.
    """
    return os.environ.get(SERVER) or f"sqlite:///{(folder / DATABASE).resolve().as_posix()}"


@contextlib.contextmanager
def _client(address: str) -> Iterator[Any]:
    """MLflow's client, without telemetry, without a word."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("DO_NOT_TRACK", "true")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from mlflow import MlflowClient
    except ImportError as error:
        raise TrainingError(
            "run history needs the package mlflow",
            reason=Reason.MISSING_PACKAGE,
            found=f"no module {error.name!r}",
            repair="pip install 'seedbed[train]'",
        ) from None
    loggers = [logging.getLogger(name) for name in ("mlflow", "alembic", "mlflow.store.db.utils")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield MlflowClient(tracking_uri=address, registry_uri=address)
    finally:
        for logger, before in zip(loggers, levels, strict=True):
            logger.setLevel(before)


def record(out: Path | str, folder: Path | None = None) -> list[str]:
    """Records the runs of a folder, each seed once: a second call changes nothing.

    Args:
        out: a folder that `train` has finished.
        folder: that holds the history; without it, the one `out` lies in.

    Returns:
        MLflow's run ids, one for each seed.

    Raises:
        DataError: no finished run.
        TrainingError: mlflow is absent.
    """
    out = Path(out).resolve()
    plan_file = out / "plan.yaml"
    if not plan_file.is_file() or not (out / "summary.json").is_file():
        raise DataError(
            "no finished run here", reason=Reason.NOT_FOUND, where=out, allowed="a folder that `seedbed train` finished"
        )
    plan: Mapping[str, Any] = YAML(typ="safe", pure=True).load(plan_file.read_text(encoding="utf-8"))
    seeds = json.loads((out / "summary.json").read_text(encoding="utf-8"))["seeds"]
    inputs = json_of(out / INPUTS)
    home = folder or out.parent
    with _client(store_of(home)) as client:
        name = str(plan["name"])
        experiment = client.get_experiment_by_name(name)
        if experiment is None:
            place = None if os.environ.get(SERVER) else (home / "mlartifacts").resolve().as_uri()
            identity = client.create_experiment(name, artifact_location=place)
        else:
            identity = experiment.experiment_id
        return [_record(client, identity, plan, inputs, out, seed, out / place) for seed, place in seeds.items()]


def _record(
    client: Any, experiment: str, plan: Mapping[str, Any], inputs: dict[str, Any], out: Path, seed: str, folder: Path
) -> str:
    from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param

    results = json_of(folder / RESULTS)
    rows = read_history(folder / "epochs.csv")
    key = f"{out.as_posix()}#{seed}#{results.get('best_epoch')}#{inputs.get('real', {}).get('digest', '')}"
    known = client.search_runs([experiment], f"tags.`seedbed.key` = '{key}'", max_results=1)
    if known:
        return str(known[0].info.run_id)
    run = client.create_run(
        experiment,
        run_name=f"{out.name}, seed {seed}",
        tags={
            "seedbed.key": key,
            "seedbed.family": family_of(plan),
            "seedbed.test": str(inputs.get("test", "")),
            "seedbed.folder": str(folder),
            "seedbed.seed": str(seed),
        },
    )
    identity = str(run.info.run_id)
    params = [Param(key, str(value)[:500]) for key, value in plan.items() if key not in ("seedbed", "about")]
    metrics = [
        Metric(name, float(value), 0, int(row["epoch"]))
        for row in rows
        for name, value in row.items()
        if ("/mAP" in name or name.startswith("loss/") or name in ("share", "load_share", "lr"))
        and value
        and math.isfinite(float(value))
    ]
    final = [
        Metric(f"test/{name}/{measure}", float(each[measure]), 0, 0)
        for name, each in results.get("test", {}).items()
        for measure in ("mAP50", "mAP50-95")
    ]
    for start in range(0, len(metrics), 900):
        client.log_batch(identity, metrics=metrics[start : start + 900])
    client.log_batch(identity, metrics=final, params=params)
    for kind in ("real", "synthetic"):
        if kind in inputs:
            data = Dataset(kind, inputs[kind]["digest"], "local", json.dumps({"role": kind}))
            client.log_inputs(identity, [DatasetInput(data, [InputTag("mlflow.data.context", "training")])])
    for file in [*(folder / each for each in _ARTIFACTS), out / "plan.yaml", out / INPUTS, out / "card.json"]:
        if file.is_file():
            client.log_artifact(identity, str(file))
    weights = folder / "weights" / "best.pt"
    if weights.is_file():
        client.log_artifact(identity, str(weights), "weights")
        with contextlib.suppress(Exception):  # there already
            client.create_registered_model(str(plan["name"]))
        source = f"{client.get_run(identity).info.artifact_uri}/weights"
        version = client.create_model_version(str(plan["name"]), source, identity)
        # MLflow's stages are deprecated: an alias says the same.
        client.set_registered_model_alias(str(plan["name"]), "newest", version.version)
    client.set_terminated(identity)
    return identity


def record_export(seed: Path, file: Path) -> bool:
    """Adds what an exported model reached to the run it came from.

    Args:
        seed: folder of the run's seed.
        file: export.json.

    Returns:
        Whether the run is recorded: on the server, or in the folder its run folder lies in.
    """
    # A run of several seeds has a folder for each below its own.
    homes = [seed.parent, seed.parent.parent]
    home = next((each for each in homes if (each / DATABASE).is_file()), None)
    if home is None and not os.environ.get(SERVER):
        return False
    body = json_of(file)
    kind = f"{body['format']}{'-int8' if body['int8'] else ''}"
    with _client(store_of(home or seed.parent)) as client:
        experiments = [each.experiment_id for each in client.search_experiments()]
        found = client.search_runs(experiments, f"tags.`seedbed.folder` = '{seed}'", max_results=1)
        if not found:
            return False
        identity = found[0].info.run_id
        for part, head in (("before", "before/"), ("after", "")):
            for name, value in body.get(part, {}).items():
                client.log_metric(identity, f"export/{kind}/{head}{name}", float(value))
        if "lost" in body:
            client.log_metric(identity, f"export/{kind}/lost", float(body["lost"]))
        client.log_artifact(identity, str(file), f"export/{kind}")
    return True


def family_of(plan: Mapping[str, Any]) -> str:
    """Plan, model and image size: what has to be alike for two scores to be comparable, beside the test set."""
    return f"{plan['name']} {Path(str(plan['model'])).name} {plan['image_size']}"


def runs(folder: Path, *, family: str | None = None, test: str | None = None) -> list[Run]:
    """Recorded runs, oldest first.

    Args:
        folder: that holds the history.
        family: only of it.
        test: only judged by it.

    Raises:
        DataError: there is no history.
    """
    if not os.environ.get(SERVER) and not (folder / DATABASE).is_file():
        raise DataError(
            "no run history here",
            reason=Reason.NOT_FOUND,
            where=folder / DATABASE,
            allowed=f"a folder of runs that `seedbed train` made, or {SERVER} set to a server",
        )
    with _client(store_of(folder)) as client:
        experiments = [each.experiment_id for each in client.search_experiments()]
        found, token = [], None
        while True:
            page = client.search_runs(experiments, "attributes.status = 'FINISHED'", max_results=500, page_token=token)
            found += list(page)
            token = page.token
            if not token:
                break
    made = []
    for each in found:
        tags = each.data.tags
        if "seedbed.key" not in tags:
            continue
        metrics = {name[5:]: float(value) for name, value in each.data.metrics.items() if name.startswith("test/")}
        place = Path(tags["seedbed.folder"])
        inputs = json_of(place / INPUTS) or json_of(place.parent / INPUTS)
        made.append(
            Run(
                each.info.run_id,
                each.info.run_name,
                tags["seedbed.family"],
                tags["seedbed.test"],
                int(each.info.start_time),
                metrics,
                dict(each.data.params),
                tags["seedbed.folder"],
                tags["seedbed.seed"],
                inputs,
            )
        )
    chosen = [run for run in made if (family is None or run.family == family) and (test is None or run.test == test)]
    return sorted(chosen, key=lambda run: (run.started, run.id))
