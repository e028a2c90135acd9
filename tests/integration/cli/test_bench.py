import json
import subprocess
from collections import Counter
from pathlib import Path

from bench import repository
from bench.decision.load import FIGURES, limit, load, path_file
from bench.faults import disk_story
from bench.faults.verdict import Verdict, judge
from contract.names import identity
from kopia.snapshots import listing
from tests.tooling import tool


def test_a_big_repository_holds_the_same_number_of_snapshots_of_each_pvc(tmp_path: Path) -> None:
    tool("kopia")
    built = repository.build(tmp_path / "built", identities=12, kept=2)
    counts = Counter(
        snapshot.identity for snapshot in listing(built.kopia(tmp_path / "built/writer"))
    )
    assert counts == {identity(claim): 2 for claim in repository.claims(20)}


def test_load_counts_only_good_answers(tmp_path: Path) -> None:
    tool("http-limit")
    (tmp_path / "body").write_text(json.dumps({"decision": "restore"}))
    paths = path_file(tmp_path / "paths", ["/a", "/b"])
    with limit(tmp_path / "body") as address:
        figures = load(address, paths, 3, 0.2)
    assert set(figures) == set(FIGURES)
    assert figures["rate"] > 0
    assert 0 < figures["p50_ms"] <= figures["p99_ms"]


def test_load_without_a_server_fails(tmp_path: Path) -> None:
    paths = path_file(tmp_path / "paths", ["/"])
    command = [tool("http-limit"), "load", "127.0.0.1:1", str(paths), "1", "1"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "refused" in run.stderr


def test_a_real_life_has_truth_and_answers(tmp_path: Path) -> None:
    tool("kopia")
    template = disk_story.prepare(tmp_path)
    story = disk_story.play(template, tmp_path / "life", "1")
    assert {backup.snapshot.identity for backup in story.backups} == set(
        map(identity, disk_story.CLAIMS)
    )
    assert len(story.questions) == len(disk_story.CLAIMS) + 1
    assert Verdict.WRONG not in {judge(question, story.backups) for question in story.questions}
