"""How variants are compared: each in a process of its own, in turns, on a fresh copy of the same data."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from statistics import median
from typing import Any

from bench.memory import Watch
from bench.server import Server

_serial = count(1)


class Failed(Exception):
    """A measured process ended with an error, which it has printed itself."""


@dataclass(frozen=True)
class Variant:
    """One way to do the job: the module that does it, on which prepared database, how many times."""

    module: str
    database: str
    arguments: Mapping[str, Any]
    repeats: int = 1


@dataclass(frozen=True)
class Outcome:
    """Medians of one variant's runs, and what its last run said besides."""

    seconds: float
    peak_mb: float
    said: dict[str, Any]


def tell(text: str) -> None:
    """A line of progress for the person who waits."""
    print(text, file=sys.stderr, flush=True)


def prepare(server: Server, name: str, module: str, *, template: str = "template1", **arguments: Any) -> str:
    """A database filled by `module.run`; measured variants get copies of it."""
    database = server.create(name, template)
    call(server, module, database, arguments)
    return database


def empty(server: Server) -> str:
    """A portal without rows: its tables and those of the peers, migrated once for a run."""
    if not server.lasting:
        server.keep(prepare(server, "empty", "bench.migrated"))
    return server.lasting


def call(server: Server, module: str, database: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Run a module in a process of its own; what it answers."""
    command = [sys.executable, "-m", "bench.child", module, json.dumps(dict(arguments))]
    environment = server.environment(database)
    with (
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as child,
        Watch(child.pid) as watch,
    ):
        output, _ = child.communicate()
    if child.returncode:
        raise Failed(module)
    answer: dict[str, Any] = json.loads(output.splitlines()[-1])
    return {**answer, "peak_mb": max(watch.peak_mb, answer["own_mb"])}


def measure(server: Server, variants: Mapping[str, Variant], most: int) -> dict[str, Outcome]:
    """All variants in at most so many turns, so that a slow minute of the machine hits each of them."""
    answers: dict[str, list[dict[str, Any]]] = {name: [] for name in variants}
    for turn in range(min(most, max(variant.repeats for variant in variants.values()))):
        for name, variant in variants.items():
            if turn < variant.repeats:
                answers[name].append(_measured(server, variant))
                tell(f"  {name}: {answers[name][-1]['seconds']:.3f} s, {answers[name][-1]['peak_mb']:.0f} MB")
    return {name: _outcome(said) for name, said in answers.items()}


def _measured(server: Server, variant: Variant) -> dict[str, Any]:
    copy = server.create(f"run{next(_serial)}", variant.database)
    try:
        return call(server, variant.module, copy, variant.arguments)
    finally:
        server.drop(copy)


def _outcome(answers: list[dict[str, Any]]) -> Outcome:
    medians = {
        key: median(answer[key] for answer in answers)
        for key, value in answers[-1].items()
        if isinstance(value, float)
    }
    said = {**answers[-1], **medians}
    return Outcome(said["seconds"], said["peak_mb"], said)


def line(
    name: str, size: int, ours: Outcome, peer_seconds: float, floor_seconds: float, **more: Any
) -> dict[str, Any]:
    """The result of one comparison; the first six keys are the same for all."""
    return {
        "name": name,
        "size": size,
        "seconds": round(ours.seconds, 5),
        "ratio_to_peer": round(peer_seconds / ours.seconds, 2),
        "ratio_to_floor": round(ours.seconds / floor_seconds, 2),
        "peak_mb": round(ours.peak_mb, 1),
        "peer_seconds": round(peer_seconds, 5),
        "floor_seconds": round(floor_seconds, 5),
        **more,
    }
