import json
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from adopt.step import Step
from contract.admission import WEBHOOK
from contract.names import destination_name
from contract.scope import KYVERNO_NAMESPACE, VOLSYNC_NAMESPACE
from lab import paths, tools
from lab.application import Application, KubectlError, kubectl, new_application
from lab.cluster import secretstore
from lab.demo import difference
from lab.origin import workloads
from lab.polling import wait_until
from lab.program import PACK, STACK, UP, lab
from lab.pulumi import CONFIG, environment, prepare
from tests.e2e import rendered
from tests.e2e.adoption import (
    ALIVE,
    LEFT,
    LOST,
    RENAMED,
    TRIED,
    Mover,
    destroy,
    hand_over,
    old_cluster,
)
from tests.e2e.probe import DENIED
from tests.e2e.runbook import Steps, sections
from tests.e2e.terminal import terminal
from tests.project.pages.registry import given_to

RESTORED = (ALIVE, RENAMED, LOST)
(BLOCKS,) = sections(given_to(__file__)).values()


@pytest.fixture(scope="module")
def folder(deployed: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lab's stack as YAML."""
    return rendered.render(tmp_path_factory.mktemp("render"))


@pytest.fixture(scope="module")
def destroyed(folder: Path) -> Generator[dict[str, list[str]]]:
    """`pulumi destroy` while PVCs are created all the time; what was denied. In the end `up`."""
    denied: dict[str, list[str]] = {"plain": [], "hourly": []}
    ended = threading.Event()

    def keep_creating(app: Application) -> None:
        number = 0
        while not ended.wait(4):
            number += 1
            for kind in denied:
                try:
                    backup = None if kind == "plain" else kind
                    app.apply_pvc(f"pvc-{number}-{kind}", backup=backup)
                except KubectlError as error:
                    denied[kind].append(str(error))

    try:
        with new_application() as app:
            creator = threading.Thread(target=keep_creating, args=(app,))
            creator.start()
            try:
                destroy()
                for number in range(3):
                    app.apply_pvc(f"destroyed-{number}", backup="hourly")
            finally:
                ended.set()
                creator.join()
        yield denied
    finally:
        lab("pulumi", *UP)


def _state() -> list[rendered.Manifest]:
    """The objects that the stack deployed itself, beside the charts."""
    words = (sys.executable, "-m", "lab", "pulumi", "stack", "export", *STACK)
    run = subprocess.run(words, capture_output=True, text=True, check=True)
    resources = json.loads(run.stdout)["deployment"]["resources"]
    return [item["outputs"] for item in resources if "kind" in item.get("outputs", {})]


def test_a_second_up_changes_nothing(deployed):
    lab("pulumi", "preview", "--expect-no-changes", *STACK, *PACK)


def test_a_change_is_previewed_without_the_cluster(deployed, tmp_path):
    """As in CI on a pull request: the stack's state and its settings are all that is needed."""
    settings = tmp_path / "Pulumi.lab.yaml"
    settings.write_text(CONFIG.read_text().replace("*/1 * * * *", "*/2 * * * *"))
    cli = prepare(tools.ensure(["pulumi", "pulumi-resource-kubernetes"]))
    environ = {**environment(cli), "HOME": str(tmp_path)}
    del environ["KUBECONFIG"]
    words = [paths.ROOT / "scripts" / "preview", STACK[1], "--", "--config-file", settings]
    run = subprocess.run(words, env=environ, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "DeletingPolicy" in run.stdout
    assert '"*/1 * * * *" => "*/2 * * * *"' in run.stdout
    assert " to create" not in run.stdout
    assert " to delete" not in run.stdout
    assert secretstore.token() not in run.stdout


def test_the_rendered_objects_are_those_that_run(folder):
    wanted = rendered.objects(folder)
    running = rendered.by_key(
        json.loads(kubectl("get", "--recursive", "-f", str(folder), "-o", "json"))["items"]
    )
    assert running.keys() == wanted.keys()
    lost = {key: rendered.missing(rendered.bare(wanted[key]), running[key]) for key in wanted}
    assert {key: where for key, where in lost.items() if where} == {}


def test_nothing_that_up_or_helm_makes_is_left_out_but_secrets(folder):
    manifests = _state()
    for name, namespace in (("kyverno", KYVERNO_NAMESPACE), ("volsync", VOLSYNC_NAMESPACE)):
        manifests += rendered.documents(rendered.released(name, namespace))
    # Helm names no namespace where it is the release's own; the test above looks at these.
    mine = {(kind, name) for kind, _, name in rendered.objects(folder)}
    theirs = {(kind, name) for kind, _, name in rendered.by_key(manifests)}
    assert {kind for kind, _ in theirs - mine} == {"Secret"}
    assert mine <= theirs


def test_destroy_blocks_no_pvc_that_has_no_label(destroyed):
    assert destroyed["plain"] == []
    # As long as the first waves of `destroy` last, guards and webhook may outlive who judges.
    ours = ("Kyverno does not judge this", WEBHOOK)
    strange = [denial for denial in destroyed["hourly"] if not any(map(denial.__contains__, ours))]
    assert strange == []


def test_the_rendered_objects_alone_are_the_same_working_system(destroyed, folder, tmp_path):
    (tmp_path / "token").write_text(secretstore.token())
    (tmp_path / "password").write_text("made-up")
    files = {name: str(tmp_path / name) for name in ("token", "password")}
    steps = Steps(list(BLOCKS), terminal(tmp_path, folder=str(folder), **files))
    try:
        steps.next()
        with new_application() as app:
            tree, _ = app.protected("data")
            app.delete_pvc("data")
            app.apply_pvc("data", backup="hourly")
            assert difference(tree, app.files("data")) == []
    finally:
        steps.next()
    assert steps.blocks == []


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that is gone after the story, with the password in it."""
    with TemporaryDirectory(prefix="adoption-") as folder:
        yield Path(folder)


def test_a_cluster_that_ran_the_fork_is_moved_without_a_gap_and_back(
    destroyed, folder, tmp_path, home
):
    with new_application() as app, old_cluster(app, folder, tmp_path) as old:
        mover = Mover(terminal(tmp_path), old.export, home)
        with old.probe.running():
            assert mover.look() == LEFT
            assert mover.states(app.namespace) == {ALIVE: "recognised", RENAMED: "rename"}
            for step in Step:
                old.probe.phase = step.name
                mover.follow(step)
                if step is Step.GATE:
                    mover.look()  # until then the old gate may have made more objects
            old.probe.phase = "moved"
            assert mover.look() == 0, mover.rivals()
            app.wait_backup(ALIVE)
            for name in (ALIVE, RENAMED):
                app.delete_pvc(name)
            for name in RESTORED:
                app.apply_pvc(name, backup="hourly")
            for name in RESTORED:
                assert difference(old.trees[name], app.files(name)) == []
            old.probe.phase = "back"
            old.put_gates()
            destroy()
            hand_over(old.export, workloads.UID)
            old.put_workloads()
            wait_until("answer of the old gate", lambda: old.probe.ask() != DENIED)
        restore = destination_name(app.claim(TRIED))
        assert old.probe.answers() == {DENIED, restore}
        assert old.probe.answers("before") == {restore}
        assert old.probe.answers("moved") == {restore}
        assert DENIED in old.probe.answers(Step.DEPLOY.name)
