"""Seedbed's frames beside the limit: `python benchmarks/scenes.py [--frames N] [--rounds N] [--renderer gl]`.

Two limits, measured in the same call on the same views of the cones pack at 640x640: the bare renderer, which draws
and labels nothing, and a writer that is handed finished pictures and masks and only encodes and writes them. What
counts is CPU time, threads of the GL driver included. The street pack, 1280x720, has a row of its own. `--memory` goes
on to frame 2000 and compares the memory then with that at frame 200. Each measurement has a process of its own, all of
them run in turn `--rounds` times, and the least of each counts: others on the machine only ever add to it. `--cycles
20` draws a view of 20 worlds with Blender.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

WARM = 8


def cpu() -> float:
    return time.process_time()


def scene_file(folder: Path, supersample: int) -> Path:
    """The cones pack, drawn at so many times its size."""
    from seedbed.scenes import packs

    pack, path = packs()["cones"].read_text(encoding="utf-8"), folder / "cones.yaml"
    assert pack.count("image: {") == 1
    path.write_text(pack.replace("image: {", f"image: {{supersample: {supersample}, "), encoding="utf-8")
    return path


def views(frames: int, pack: str = "cones") -> list[Any]:
    from seedbed.scenes import load_scene, packs
    from seedbed.scenes.frames.dressing import Dresser
    from seedbed.scenes.worlds.arrangement import arrange
    from seedbed.scenes.worlds.physics import Physics

    document = load_scene(packs()[pack])
    scene, physics = document.value, Physics()
    dresser, made = Dresser(scene, document.folder), []
    for world in range(-(-frames // scene.camera.views)):
        arrangement = arrange(scene, world, physics)
        made += [dresser.view(world * scene.camera.views + i, arrangement) for i in range(scene.camera.views)]
    physics.close()
    return made[:frames]


class Counter:
    """A progress that reads the memory at some frames and says nothing."""

    def __init__(self, at: tuple[int, ...] = ()) -> None:
        self.at, self.count, self.rss = at, 0, {}

    def start(self, total: int | None, unit: str, label: str) -> None:
        """Nothing."""

    def advance(self, n: int) -> None:
        """Reads the memory when its frame has come."""
        import psutil

        for frame in self.at:
            if self.count < frame <= self.count + n:
                self.rss[frame] = psutil.Process().memory_info().rss
        self.count += n

    def note(self, text: str) -> None:
        """Says it beside the figures."""
        print(text, file=sys.stderr)

    def finish(self) -> None:
        """Nothing."""


def measure_all_in(frames: int, renderer: str, supersample: int = 1, pack: str = "cones") -> dict[str, float]:
    """World, drawing, labels, checks, sensor, files; after a few frames elsewhere, so that start-up does not count."""
    from seedbed.scenes import packs, render

    with tempfile.TemporaryDirectory() as folder:
        scene = scene_file(Path(folder), supersample) if pack == "cones" else packs()[pack]
        render(scene, Path(folder) / "warm", frames=WARM, renderer=renderer)
        start = cpu()
        render(scene, Path(folder) / "out", frames=frames, renderer=renderer)
        return {"ms": (cpu() - start) / frames * 1e3}


def measure_bare(frames: int, renderer: str, supersample: int = 1, pack: str = "cones") -> dict[str, float]:
    """The renderer alone, on views made before the clock starts."""
    from seedbed.scenes.renderers.choice import open_renderer

    spent, drawer = 0.0, open_renderer(renderer)
    made = [dataclasses.replace(view, supersample=supersample) for view in views(frames, pack)]
    for view in made[:WARM]:
        drawer.draw(view)
    for view in made:
        start = cpu()
        drawer.draw(view)
        spent += cpu() - start
    drawer.close()
    return {"ms": spent / frames * 1e3}


def measure_write(frames: int, renderer: str) -> dict[str, float]:
    """Encodes and writes pictures and masks that are there already."""
    import cv2
    import numpy as np

    from seedbed.scenes.renderers.choice import open_renderer

    drawer = open_renderer(renderer)
    drawings = [drawer.draw(view) for view in views(min(frames, 40))]
    drawer.close()
    with tempfile.TemporaryDirectory() as folder:
        start = cpu()
        for i in range(frames):
            drawing = drawings[i % len(drawings)]
            jpeg = cv2.imencode(".jpg", drawing.color[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])[1]
            mask = cv2.imencode(".png", drawing.ids.astype(np.uint8), [cv2.IMWRITE_PNG_COMPRESSION, 1])[1]
            (Path(folder) / f"{i}.jpg").write_bytes(jpeg.tobytes())
            (Path(folder) / f"{i}.png").write_bytes(mask.tobytes())
        return {"ms": (cpu() - start) / frames * 1e3}


def measure_masks(frames: int, _: str) -> dict[str, float]:
    """How many pixels of the mask differ between the two renderers."""
    from seedbed.scenes.renderers.choice import open_renderer

    gl, tiny = open_renderer("gl"), open_renderer("tiny")
    differing = [int((gl.draw(view).ids != tiny.draw(view).ids).sum()) for view in views(frames)]
    return {"worst": max(differing), "mean": sum(differing) / len(differing)}


def measure_traced(worlds: int, _: str, supersample: int = 1) -> dict[str, float]:
    """Blender with a denoiser on the first view of each world: CPU time of both processes, and the masks.

    Samples a pixel are the square of `supersample`, at most 8.
    """
    import psutil

    from seedbed.scenes import load_scene, packs
    from seedbed.scenes.renderers.choice import open_renderer

    each = load_scene(packs()["cones"]).value.camera.views
    drawer, gl = open_renderer("cycles"), open_renderer("gl")
    made = [dataclasses.replace(view, supersample=supersample) for view in views(worlds * each)[::each]]
    drawer.draw(made[0])
    blender = psutil.Process().children()[0]
    spent, differing = 0.0, []
    for view in made:
        start = cpu() + sum(blender.cpu_times()[:2])
        drawing = drawer.draw(view)
        spent += cpu() + sum(blender.cpu_times()[:2]) - start
        differing.append(int((gl.draw(view).ids != drawing.ids).sum()))
    drawer.close()
    return {"ms": spent / worlds * 1e3, "worst": max(differing), "mean": sum(differing) / worlds}


def measure_memory(_: int, renderer: str) -> dict[str, float]:
    """Memory of one process at frame 200 and at frame 2000."""
    from seedbed.scenes import packs, render

    counter = Counter((200, 2000))
    with tempfile.TemporaryDirectory() as folder:
        render(packs()["cones"], Path(folder) / "out", frames=2000, renderer=renderer, progress=counter)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"at_200": counter.rss[200] / 1e6, "at_2000": counter.rss[2000] / 1e6, "peak": peak / 1e6}


MEASURES = {
    "all-in": measure_all_in,
    "bare": measure_bare,
    "all-in-2x2": functools.partial(measure_all_in, supersample=2),
    "bare-2x2": functools.partial(measure_bare, supersample=2),
    "all-in-street": functools.partial(measure_all_in, pack="street"),
    "bare-street": functools.partial(measure_bare, pack="street"),
    "write": measure_write,
    "masks": measure_masks,
    "traced": measure_traced,
    "traced-8": functools.partial(measure_traced, supersample=3),
    "memory": measure_memory,
}


def apart(what: str, frames: int, renderer: str) -> dict[str, float]:
    """Runs one measurement in a process of its own."""
    call = [sys.executable, __file__, "--measure", what, "--frames", str(frames), "--renderer", renderer]
    done = subprocess.run(call, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--renderer", choices=["gl", "tiny", "both"], default="both")
    parser.add_argument("--cycles", metavar="WORLDS", type=int, help="also draw one view of so many with Blender")
    parser.add_argument("--memory", action="store_true", help="also compare memory at frames 200 and 2000")
    parser.add_argument("--measure", choices=list(MEASURES), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(MEASURES[options.measure](options.frames, options.renderer)))
        return
    from seedbed.scenes.renderers.choice import choose_renderer

    names = ["gl", "tiny"] if options.renderer == "both" else [options.renderer]
    choice = choose_renderer("auto")
    if choice.name != "gl":
        print(choice.reason)
        names = ["tiny"]
    print(f"cones, 640x640, {options.frames} frames; CPU ms a frame, least of {options.rounds}")
    rows = [(name, "") for name in names] + ([("gl", "-2x2"), ("gl", "-street")] if "gl" in names else [])
    wanted = [("write", names[0])] + [(what + kind, name) for name, kind in rows for what in ("all-in", "bare")]
    least: dict[tuple[str, str], float] = {}
    for _ in range(options.rounds):
        for what, name in wanted:
            spent = apart(what, options.frames, name)["ms"]
            least[what, name] = min(spent, least.get((what, name), spent))
    floor = least["write", names[0]]
    print(f"  {'write only':<16}{floor:8.1f}")
    for name, kind in rows:
        whole, bare = least["all-in" + kind, name], least["bare" + kind, name]
        title = f"{name}{kind.replace('-', ' ')} all in"
        beside = f"{whole / (bare + floor):.2f} x (bare draw {bare:.1f} + write only)"
        # The floor is that of a picture of the other size.
        beside = f"bare draw {bare:.1f}; the street pack, 1280x720" if kind == "-street" else beside
        print(f"  {title:<16}{whole:8.1f}   {beside}")
    if choice.name == "gl":
        masks = apart("masks", min(options.frames, 40), "gl")
        worst, mean = masks["worst"], masks["mean"]
        print(f"  tiny against gl: {worst:.0f} of 409600 mask pixels differ at worst, {mean:.1f} on average")
    if options.cycles and choice.name == "gl":
        whole = apart("all-in", options.frames, "gl")["ms"]
        for what, words in (("traced", "one sample"), ("traced-8", "8 samples, as BlenderProc is often run")):
            traced = apart(what, options.cycles, "gl")
            ms, worst, mean = traced["ms"], traced["worst"], traced["mean"]
            print(f"  {'cycles, draw':<16}{ms:8.1f}   {words}, denoiser; gl all in: {ms / whole:.0f} times the frames")
            print(f"  cycles against gl: {worst:.0f} of 409600 mask pixels differ at worst, {mean:.1f} on average")
    if options.memory:
        for name in names:
            memory = apart("memory", 2000, name)
            growth = memory["at_2000"] / memory["at_200"] - 1
            print(
                f"  {name} memory: {memory['at_200']:.0f} MB at 200, {memory['at_2000']:.0f} MB at 2000 ({growth:+.1%})"
            )


if __name__ == "__main__":
    main()
