import json
import subprocess
from dataclasses import replace

import pytest

from lab import build
from lab.build import Build, ToolError
from lab.pins import BY_NAME


@pytest.fixture
def upstream(tmp_path, monkeypatch):
    """A module of others with two files, one of which ours takes the place of; Go is not run."""
    theirs = tmp_path / "cache" / "theirs@v1.0.0"
    (theirs / "register").mkdir(parents=True)
    (theirs / "register" / "register.go").write_text("every provider")
    (theirs / "main.go").write_text("main")
    for path in [*theirs.rglob("*"), theirs]:
        path.chmod(0o555 if path.is_dir() else 0o444)  # as Go keeps them
    ours = tmp_path / "tools" / "operator"
    (ours / "instead" / "register").mkdir(parents=True)
    (ours / "instead" / "register" / "register.go").write_text("one provider")
    (ours / "go.mod").write_text("module ours\n\nrequire example.test/theirs v1.0.0\n")
    (ours / "go.sum").write_text("sums\n")
    monkeypatch.setattr(build, "MODULES", tmp_path / "tools")
    asked = []

    def go(self, *words):
        asked.append(words)
        return json.dumps({"Dir": str(theirs)}) if words[:2] == ("mod", "download") else ""

    monkeypatch.setattr(Build, "_go", go)
    return asked


def operator(folder):
    tool = replace(BY_NAME["etcd"], module="operator", partly="example.test/theirs", package=".")
    return Build(tool=tool, target=folder / "bin" / "operator")


def test_a_file_of_ours_takes_the_place_of_upstreams_in_a_copy(upstream, tmp_path):
    operator(tmp_path).fetch()
    copy = tmp_path / "bin" / "source"
    assert (copy / "register" / "register.go").read_text() == "one provider"
    assert (copy / "main.go").read_text() == "main"
    module = (tmp_path / "bin" / "source.mod").read_text()
    assert module.endswith(f"replace example.test/theirs => {copy}\n")
    assert (tmp_path / "bin" / "source.sum").read_text() == "sums\n"


def test_upstreams_own_file_in_the_module_cache_stays(upstream, tmp_path):
    operator(tmp_path).fetch()
    file = tmp_path / "cache" / "theirs@v1.0.0" / "register" / "register.go"
    assert file.read_text() == "every provider"


def test_all_three_steps_build_the_copy_with_the_same_flags(upstream, tmp_path):
    one = operator(tmp_path)
    one.fetch()
    one.compile()
    one.target.with_name("operator.new").write_text("program")
    one.link()
    flag = f"-modfile={tmp_path / 'bin' / 'source.mod'}"
    fetch, compiled, linked = [words for words in upstream if words[0] != "mod"]
    assert all(flag in words for words in (fetch, compiled, linked))
    assert all(set(build.SHARED) < set(words) for words in (compiled, linked))
    assert one.target.read_text() == "program"


def test_a_failed_step_names_the_tool_and_says_what_go_said(monkeypatch, tmp_path):
    def run(command, **_):
        return subprocess.CompletedProcess(command, 1, "", "x.go:1: undefined: y")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(ToolError, match=r"etcd: go list failed:\nx.go:1: undefined: y"):
        Build(tool=BY_NAME["etcd"], target=tmp_path / "etcd").compile()


def test_nothing_of_the_users_environment_changes_what_is_shared(monkeypatch, tmp_path):
    seen = {}

    def run(command, *, env, **_):
        seen.update(env)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setenv("GOFLAGS", "-tags=other")
    monkeypatch.setenv("CGO_ENABLED", "1")
    monkeypatch.setattr(subprocess, "run", run)
    Build(tool=BY_NAME["etcd"], target=tmp_path / "etcd").compile()
    assert (seen["GOFLAGS"], seen["CGO_ENABLED"]) == ("-mod=readonly", "0")
