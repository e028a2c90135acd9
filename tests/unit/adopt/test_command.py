import json
import subprocess
from pathlib import Path

import pytest

from adopt.__main__ import main, parser
from tests.unit.adopt.api import answers, fake_kubectl
from tests.unit.adopt.kopia import UNIQUE_ID, fake_kopia, repository
from tests.unit.adopt.origin import adopted, origin, pvc
from tests.unit.adopt.snapshots import source

SCRIPT = Path(__file__).parents[3] / "scripts" / "adopt"
DOCS = Path(__file__).parents[3] / "docs" / "adopt.md"


@pytest.fixture
def run(tmp_path, capsys):
    """The command on a repository and a cluster; returns code, output and errors."""

    def make(*words: str, objects=None, names=("data-backup@media",), pinned: str = ""):
        if not (tmp_path / "repository").exists():
            repository(tmp_path)
        kopia = fake_kopia(tmp_path, [source(name) for name in names])
        kubectl = fake_kubectl(tmp_path, answers(adopted() if objects is None else objects, pinned))
        code = main(
            [
                str(tmp_path / "repository"),
                f"--password-file={tmp_path / 'password'}",
                f"--kopia={kopia}",
                f"--kubectl={kubectl}",
                *words,
            ]
        )
        output = capsys.readouterr()
        return code, output.out, output.err

    return make


def test_nothing_left_to_do_ends_with_0(run):
    code, out, _ = run(pinned=UNIQUE_ID)
    assert code == 0
    assert "Nothing is left" in out


def test_something_left_to_do_ends_with_3(run):
    code, out, _ = run(objects=origin(), names=("data@media",))
    assert code == 3
    assert "copy-history data@media:/data data-backup@media:/data" in out


def test_an_unreadable_repository_ends_with_1_and_says_what_where_and_how(run, tmp_path):
    (tmp_path / "repository").mkdir()
    code, out, err = run()
    assert (code, out) == (1, "")
    assert str(tmp_path / "repository") in err
    assert "there is no repository" in err
    assert "mount the export" in err


def test_an_unreadable_cluster_ends_with_1_and_tells_nothing_of_backups(run):
    objects = adopted()
    code, out, err = run(f"--kubectl={SCRIPT.parent / 'no-kubectl'}", objects=objects)
    assert (code, out) == (1, "")
    assert "nothing is known" in err


def test_the_cluster_of_another_repository_ends_with_1(run):
    code, out, err = run(pinned="cd" * 32)
    assert (code, out) == (1, "")
    assert "cd" * 32 in err


def test_json_is_all_that_is_printed(run):
    code, out, _ = run("--json", objects=origin())
    assert code == 3
    assert json.loads(out)["repository"]["uniqueId"] == UNIQUE_ID


def test_a_file_of_pvcs_replaces_the_cluster(run, tmp_path):
    (tmp_path / "pvcs").write_text(json.dumps({"items": [pvc("data")]}))
    code, out, _ = run(f"--pvcs={tmp_path / 'pvcs'}")
    assert code == 0
    assert "Only PVCs" in out
    assert not (tmp_path / "calls").exists()


def test_without_a_cluster_kubectl_is_never_run(run, tmp_path):
    code, _, _ = run("--no-cluster")
    assert code == 0
    assert not (tmp_path / "calls").exists()


def test_an_excluded_namespace_is_told_so(run):
    _, out, _ = run("--exclude", "media", objects=adopted())
    assert "its namespace is excluded" in out


@pytest.mark.parametrize(
    "words", [[], ["path"], ["path", "--password-file=x", "--pvcs=x", "--no-cluster"]]
)
def test_wrong_usage_ends_with_2(words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2


def test_every_option_and_exit_code_is_in_the_help_and_in_the_docs():
    help_text, page = parser().format_help(), DOCS.read_text()
    options = [word for action in parser()._actions for word in action.option_strings]
    assert all(f"`{word}" in page for word in options if word not in ("-h", "--help"))
    for code in ("0", "1", "2", "3"):
        assert f"{code} " in help_text[help_text.index("exit codes") :]
        assert f"| {code} |" in page


def test_the_script_runs_from_any_folder(tmp_path):
    run = subprocess.run(
        [SCRIPT, "--help"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "exit codes" in run.stdout
