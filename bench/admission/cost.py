"""Where the time of admission goes: processor time by program, and time in each webhook."""

import os
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
SECONDS = "apiserver_admission_webhook_admission_duration_seconds"
SAMPLE = re.compile(rf"^{SECONDS}_(sum|count)\{{(.*)\}} (\S+)$", re.MULTILINE)
LABEL = re.compile(r'(\w+)="([^"]*)"')
# Part of the command line -> how it is called here; the first that fits.
PROGRAMS = {
    "bench.admission": "client",
    "-m\0plumber": "pvc-plumber",
    "-m\0mover": "mover",
    "external-secrets": "external-secrets",
    "kube-apiserver": "kube-apiserver",
    "kube-controller-manager": "kube-controller-manager",
    "etcd": "etcd",
    "background-controller": "kyverno background",
    "reports-controller": "kyverno reports",
    "cleanup-controller": "kyverno cleanup",
    "kyverno": "kyverno admission",
    "volsync": "volsync",
    "kubelet": "kubelet",
    "kopia": "kopia",
    "coredns": "coredns",
    "ganesha": "nfs server",
    "nfsfuse": "nfs client",
}

Times = Mapping[str, float]


def program(command: str) -> str:
    """The name of the program with this command line, as /proc has it; "other" for the rest."""
    first = os.path.basename(command.split("\0")[0])
    # Words of ours first: Python's own name tells nothing.
    for part, name in PROGRAMS.items():
        if part in command if "python" in first else part in first:
            return name
    return "other"


def processor(root: Path = Path("/proc")) -> Times:
    """Seconds of the processor that each program has taken so far, ended children included."""
    seconds: dict[str, float] = defaultdict(float)
    for process in root.glob("[0-9]*"):
        try:
            name = program((process / "cmdline").read_text(errors="replace"))
            text = (process / "stat").read_text()
        except OSError:
            continue  # ended meanwhile
        # After the name in brackets: user, system, and both of children that were waited for.
        seconds[name] += sum(map(int, text.rpartition(")")[2].split()[11:15])) / TICKS
    return seconds


def webhooks(text: str) -> Mapping[str, tuple[float, float]]:
    """Webhook and phase -> seconds and calls for creations, from the API server's metrics."""
    calls: dict[str, dict[str, float]] = {}
    for part, written, value in SAMPLE.findall(text):
        marks = dict(LABEL.findall(written))
        if marks.get("operation") == "CREATE":
            both = calls.setdefault(f"{marks['name']} ({marks['type']})", {})
            both[part] = both.get(part, 0.0) + float(value)
    return {name: (both["sum"], both["count"]) for name, both in calls.items()}


def means(
    before: Mapping[str, tuple[float, float]], after: Mapping[str, tuple[float, float]]
) -> Times:
    """Milliseconds of a call between two readings, for each webhook that was called."""
    milliseconds = {}
    for name, (seconds, calls) in after.items():
        earlier = before.get(name, (0.0, 0.0))
        if calls > earlier[1]:
            milliseconds[name] = (seconds - earlier[0]) / (calls - earlier[1]) * 1000
    return milliseconds


def spent(before: Times, after: Times, creations: int) -> Times:
    """Milliseconds of the processor a creation, by program, the hungriest first."""
    costs = {name: (after[name] - before.get(name, 0.0)) / creations * 1000 for name in after}
    return dict(sorted(costs.items(), key=lambda item: -item[1]))


def table(costs: Mapping[str, Sequence[Times]], least: float = 0.3) -> list[str]:
    """Lines with the mean of each series for every name that has `least` somewhere."""
    mean = {
        kind: {
            name: sum(times.get(name, 0.0) for times in series_times) / len(series_times)
            for times in series_times
            for name in times
        }
        for kind, series_times in costs.items()
    }
    names = {
        name: max(series.get(name, 0.0) for series in mean.values())
        for series in mean.values()
        for name in series
    }
    lines = ["  " + "".join(f"{kind:>10}" for kind in mean)]
    for name in sorted(names, key=lambda name: -names[name]):
        if names[name] >= least:
            lines.append(
                "  " + "".join(f"{mean[kind].get(name, 0.0):10.1f}" for kind in mean) + f"  {name}"
            )
    return lines
