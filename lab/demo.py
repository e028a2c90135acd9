"""The story that scripts/demo tells, with real output and its own timings."""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager

from contract import labels
from lab.application import Application, KubectlError, Tree, kubectl
from lab.polling import wait_until_gone
from lab.program import UP, lab

PVC = "photos"
CLEANUP_PATIENCE = 150.0  # seconds; the lab's cleanup policy ticks every minute


def say(text: str) -> None:
    """Prints one line."""
    print(text, flush=True)


@contextmanager
def chapter(title: str, times: dict[str, float]) -> Generator[None]:
    """A part of the story, timed."""
    say(f"\n== {title}")
    start = time.monotonic()
    yield
    times[title] = time.monotonic() - start


def difference(before: Tree, after: Tree) -> list[str]:
    """The paths whose kind, mode, owner, time or content has changed."""
    paths = sorted(before.keys() | after.keys())
    changed = [path for path in paths if before.get(path) != after.get(path)]
    return [f"{path}: {before.get(path)} became {after.get(path)}" for path in changed]


def _back_up(app: Application, megabytes: int) -> tuple[Tree, str]:
    app.create()
    app.apply_pvc(PVC, backup="hourly")
    app.wait_bound(PVC)
    before = app.files(PVC, "make", str(megabytes))
    say(f"   {len(before)} files and folders in {app.namespace}/{PVC}, one of {megabytes} MB")
    # The first backup may have started before the files were there, so the story asks for one.
    result = app.back_up(PVC, "demo")
    say(kubectl("-n", app.namespace, "get", "replicationsource").rstrip())
    say(f"   snapshot {result['snapshot']}: {result['files']} files, {result['bytes']} bytes")
    return before, result["snapshot"]


def _lose_and_restore(app: Application, before: Tree, snapshot: str) -> None:
    app.delete_pvc(PVC)
    say(f"   {PVC} is deleted, with its objects and its volume")
    app.apply_pvc(PVC, backup="hourly")
    recorded = (app.pvc(PVC) or {})["metadata"]["annotations"][labels.RESTORE_FROM]
    say(f"   {PVC} is created again and asks for snapshot {recorded}")
    if recorded != snapshot:
        sys.exit(f"demo: asked for {recorded}, the newest is {snapshot}")
    app.wait_bound(PVC)
    changed = difference(before, app.files(PVC))
    if changed:
        sys.exit("demo: the restored files differ:\n" + "\n".join(changed))
    say(f"   all {len(before)} are back: content, kind, mode, owner and time are equal")


def _stop(app: Application) -> None:
    kubectl("-n", app.namespace, "label", "pvc", PVC, f"{labels.BACKUP}-")
    say("   label removed; waiting for the next tick of the cleanup policy")
    wait_until_gone("its objects", lambda: app.objects(PVC), CLEANUP_PATIENCE)
    say(f"   its objects are gone; {PVC} is still {app.wait_bound(PVC)['status']['phase']}")


def main() -> None:
    """Tells the story. Exits 1 with the reason where it does not come out as promised."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--megabytes", type=int, default=100, help="size of the big file (100)")
    megabytes = parser.parse_args().megabytes
    times: dict[str, float] = {}
    app = Application("demo")
    with chapter("A real one-node cluster", times):
        lab("up")
    with chapter("pulumi up, with the policy pack", times):
        lab("pulumi", *UP)
        app.delete()  # an earlier demo's
    with chapter("A labelled PVC is backed up", times):
        before, snapshot = _back_up(app, megabytes)
    with chapter("Deleted and created again, it comes back", times):
        _lose_and_restore(app, before, snapshot)
    with chapter("Label removed: backups stop, nothing else is touched", times):
        _stop(app)
    say("\n== Times")
    for title, seconds in times.items():
        say(f"   {seconds:6.1f} s  {title}")
    say(f"   {sum(times.values()):6.1f} s  in all")
    say("\nLook around: python -m lab status, python -m lab kubectl get pvc,replicationsource -A")
    say("Remove it all: python -m lab down")
    say(json.dumps({"demo_s": round(sum(times.values()), 1)}))


if __name__ == "__main__":
    try:
        main()
    except (KubectlError, TimeoutError, subprocess.CalledProcessError) as error:
        sys.exit(f"demo: {error}")
