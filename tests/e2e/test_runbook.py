"""Every command of the runbook, run in a situation that it is meant for."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import CalledProcessError

import pytest

from contract import repository, scope
from contract.audit import Reason
from lab.application import Application, KubectlError, kubectl
from lab.cluster import secretstore
from lab.demo import difference
from lab.polling import wait_until
from tests.e2e import audit
from tests.e2e.history import FILE, add_snapshot
from tests.e2e.runbook import Steps, sections
from tests.e2e.shell import exported
from tests.e2e.terminal import terminal
from tests.e2e.test_plumber import is_fresh, pods, ready
from tests.project.pages.registry import given_to

PVC = "data"
OURS = ("-n", scope.VOLSYNC_NAMESPACE)
SECTIONS = sections(given_to(__file__))
Story = Callable[[Application, Steps], None]
STORIES: dict[str, Story] = {}


def story_of(title: str) -> Callable[[Story], Story]:
    """Registers the story of the section with this heading."""

    def keep(story: Story) -> Story:
        STORIES[title] = story
        return story

    return keep


@pytest.mark.parametrize("title", SECTIONS)
def test_the_commands_of_this_section_do_what_it_says(
    title: str, app: Application, tmp_path: Path
) -> None:
    manifest = tmp_path / "manifest.yaml"
    manifest.write_text(json.dumps(app.pvc_manifest(PVC, backup="hourly")))
    values = {"namespace": app.namespace, "pvc": PVC, "manifest": str(manifest)}
    steps = Steps(list(SECTIONS[title]), terminal(tmp_path, **values))
    STORIES[title](app, steps)
    assert steps.blocks == []


@story_of("Is this PVC safe?")
def _safe(app: Application, steps: Steps) -> None:
    _, snapshot = app.protected(PVC)
    assert snapshot in steps.next()


@story_of("Which PVCs are not protected?")
def _unprotected(app: Application, steps: Steps) -> None:
    _, snapshot = app.protected(PVC)
    app.apply_pvc("bare")
    audit.wait_reason(app, PVC, Reason.BACKED_UP)
    audit.wait_reason(app, "bare", Reason.NO_LABEL)
    output = steps.next()
    assert f"{app.namespace},{PVC},protected,backed-up" in output.splitlines()
    assert f"{app.namespace},bare,unprotected,no-label" in output.splitlines()
    assert f'"rebuild":"{snapshot}"' in output


@story_of("Get one PVC back")
def _back(app: Application, steps: Steps) -> None:
    tree, _ = app.protected(PVC)
    app.stop(PVC)
    steps.next()
    assert difference(tree, app.files(PVC)) == []


@story_of("Get an older state back")
def _older(app: Application, steps: Steps) -> None:
    app.protected(PVC)
    taken = datetime.now(UTC) - timedelta(days=2)
    add_snapshot(app, PVC, taken)
    app.stop(PVC)
    day = taken.strftime("%Y-%m-%d")
    error = steps.refused()
    assert day in error
    shown = next(word.strip(",.") for word in error.split() if word.startswith(day))
    steps.next(time=shown)
    assert list(app.files(PVC)) == [FILE]


@story_of("Look into a backup beside the PVC")
def _look(app: Application, steps: Steps) -> None:
    app.protected(PVC)
    image = steps.next().split()[-1]
    names = kubectl("-n", app.namespace, "get", "volumesnapshot", "-o", "name")
    assert image in names
    steps.next()


@story_of("Start empty although backups exist")
def _empty(app: Application, steps: Steps) -> None:
    _, snapshot = app.protected(PVC)
    app.stop(PVC)
    steps.next(snapshot=snapshot)
    app.wait_bound(PVC)
    assert app.files(PVC) == {}


@story_of("Rebuild the cluster")
def _rebuild(app: Application, steps: Steps) -> None:
    tree, _ = app.protected(PVC)
    pinned = _pinned()
    steps.blocks[0] = _or_unset(steps.blocks[0])
    assert steps.next().strip() in ("", pinned)
    assert pinned in steps.next()
    app.delete_pvc(PVC)
    assert app.namespace in steps.next()
    app.wait_bound(PVC)
    assert difference(tree, app.files(PVC)) == []


def _or_unset(block: str) -> str:
    # The lab does not pin it in its stack, where Pulumi says so with an exit code.
    return f"{block.rstrip()} || true\n"


def _pinned() -> str:
    path = f"jsonpath={{.data.{repository.PIN_KEY}}}"
    return kubectl(*OURS, "get", "configmap", repository.PIN_CONFIG_MAP, "-o", path)


@story_of("The repository is damaged")
def _damaged(app: Application, steps: Steps) -> None:
    tree, _ = app.protected(PVC)
    app.delete_pvc(PVC)
    with exported() as shell:
        shell("mv x x.away")
        try:
            steps.next()
            assert "not verified" in steps.refused()
        finally:
            shell("mv x.away x")
            wait_until("a pvc-plumber that is ready", ready)
            steps.next()
    app.apply_pvc(PVC, backup="hourly")
    app.wait_bound(PVC)
    assert difference(tree, app.files(PVC)) == []


@story_of("A manifest that cannot be believed")
def _forged(app: Application, steps: Steps) -> None:
    tree, snapshot = app.protected(PVC)
    with exported() as shell:
        app.delete_pvc(PVC)
        forged = shell(FORGE.format(snapshot=snapshot)).split()[-1]
        wait_until("a denial that names it", lambda: f"manifest {forged}" in _denial(app))
        assert "shop" in steps.next(shell, id=forged)
    wait_until("an admission", lambda: not _denial(app))
    app.wait_bound(PVC)
    assert difference(tree, app.files(PVC)) == []


# A newer snapshot of the PVC, whose text names a host of another namespace.
FORGE = """
kopia repository connect filesystem --path "$PWD" --cache-directory /state/cache >&2
python3 - "$(kopia manifest show {snapshot})" > /state/forged << 'END'
import json, sys
data = json.loads(sys.argv[1][sys.argv[1].index("{{"):])
source = data["source"]
keys = dict(userName="username", host="hostname", path="path")
labels = dict(type="snapshot") | {{label: source[key] for key, label in keys.items()}}
print(json.dumps(dict(labels=labels, data=data | dict(source=source | dict(host="shop")))))
END
kopia-forge /state/.config/kopia/repository.config < /state/forged
"""


def _denial(app: Application) -> str:
    try:
        app.apply_pvc(PVC, backup="hourly")
    except KubectlError as error:
        return str(error)
    return ""


@story_of("Rotate the repository's password")
def _rotate(app: Application, steps: Steps) -> None:
    app.protected(PVC)
    data = json.loads(secretstore.DATA.read_text())
    item = data["vaults"][secretstore.VAULT][repository.SECRET_ITEM]
    item[repository.SECRET_FIELD] += "-rotated"
    new = item[repository.SECRET_FIELD]
    with exported() as shell:
        typed = f"export KOPIA_NEW_PASSWORD='{new}' KOPIA_CACHE_DIRECTORY=/state/cache\n"
        steps.next(lambda block: shell(typed + block), export=repository.MOUNT_PATH)
    secretstore.DATA.write_text(json.dumps(data, indent=1))
    wait_until("the new password", lambda: _heals(steps))
    (pod,) = pods()
    wait_until("a pvc-plumber that knows it", lambda: is_fresh(pod, app.claim("never-seen")))


def _heals(steps: Steps) -> bool:
    block = steps.blocks[0]
    try:
        steps.next(now=str(time.time_ns()))
    except CalledProcessError:
        steps.blocks.insert(0, block)
        return False
    return True


@story_of("The ledger is gone or damaged")
def _ledger(app: Application, steps: Steps) -> None:
    assert "kopia-ledger-f" in steps.next()
    steps.next()
    wait_until("a ledger that is begun anew", lambda: "ledger" in _pin_data())
    app.apply_pvc(PVC, backup="hourly")
    app.wait_bound(PVC)


def _pin_data() -> dict[str, str]:
    config_map = kubectl(*OURS, "get", "configmap", repository.PIN_CONFIG_MAP, "-o", "json")
    return json.loads(config_map)["data"]


@story_of("Break glass: PVCs must be created though nothing can be checked")
def _glass(app: Application, steps: Steps) -> None:
    output = steps.next()
    assert "open" in output
    app.apply_pvc(PVC, backup="hourly")
    app.wait_bound(PVC)
