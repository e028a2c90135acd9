from itertools import groupby
from pathlib import Path
from threading import Event

import pytest

from lab import tools
from lab.cluster import components, csi, secretstore
from lab.images import catalog
from lab.pins import BY_NAME, CLUSTER, DEPLOYED, TOOLS


def test_the_wanted_minor_fits_whatever_the_patch():
    assert tools.same_minor("kopia 0.23.4 build: x", "0.23.1")


@pytest.mark.parametrize("text", ["v0.22.3", "no number", ""])
def test_another_minor_does_not_fit(text):
    assert not tools.same_minor(text, "0.23.1")


def test_a_changed_pin_is_built_anew(tmp_path):
    (tmp_path / "go.mod").write_text("one")
    before = tools.module_key(tmp_path)
    (tmp_path / "go.mod").write_text("two")
    assert tools.module_key(tmp_path) != before


def test_other_flags_are_another_build():
    folders = {tools.built(tool).parent for tool in TOOLS if tool.module == "kyverno"}
    assert len(folders) == 1
    assert tools.built(BY_NAME["etcd"]).parent not in folders


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_every_tool_has_a_module_with_pinned_sums(tool):
    assert (tools.MODULES / tool.module / "go.mod").exists()
    assert (tools.MODULES / tool.module / "go.sum").exists()


def test_a_file_in_place_of_upstreams_is_part_of_the_build(tmp_path):
    before = tools.module_key(tmp_path)
    (tmp_path / "instead" / "deep").mkdir(parents=True)
    (tmp_path / "instead" / "deep" / "register.go").write_text("package register")
    assert tools.module_key(tmp_path) != before


def test_the_cluster_is_built_before_what_it_does_not_need():
    assert {tool.name for tool in TOOLS[: len(CLUSTER)]} == {*CLUSTER}


def test_tools_of_one_module_are_built_one_after_the_other():
    seen = [module for module, _ in groupby(tool.module for tool in TOOLS)]
    assert len(seen) == len(set(seen))


class Asked(dict):
    """Tools that only tell which of them were wanted."""

    def __missing__(self, name: str) -> Path:
        return self.setdefault(name, Path(name))


def test_the_cluster_starts_with_just_the_tools_that_are_built_for_it():
    asked = Asked()
    for part in (
        components.etcd,
        components.api_server,
        components.controller_manager,
        components.scheduler,
        components.kubelet,
        components.kube_proxy,
        csi.sidecars,
        secretstore.operator,
    ):
        part(asked)
    by_hand = {"kubectl"}  # `lab/cluster/api.py`
    images = {"coredns", "kopia", "kopia-forge"}  # the cluster's own
    assert {*CLUSTER} == {*asked} | by_hand | images


def test_images_are_made_of_just_the_tools_that_are_built_for_them():
    assert {*DEPLOYED} == {"kopia", "external-secrets", "volsync", *catalog.KYVERNO.values()}


@pytest.fixture
def two(monkeypatch, tmp_path):
    """Two tools to build, and what was done for them in turn; nothing is built."""
    log: list[str] = []
    monkeypatch.setattr(tools, "built", lambda tool: tmp_path / tool.name)

    class Fake:
        trouble = ""
        second_compiles = Event()

        def __init__(self, *, tool, target):
            self.tool, self.target = tool, target

        def fetch(self):
            log.append(f"fetch {self.tool.name}")

        def compile(self):
            if self.tool.name == Fake.trouble:
                raise tools.ToolError(f"{self.tool.name}: go list failed")
            log.append(f"compile {self.tool.name}")
            if self.tool.name == "kopia":
                Fake.second_compiles.set()

        def link(self):
            assert self.tool.name != "etcd" or Fake.second_compiles.wait(10)
            log.append(f"link {self.tool.name}")

    monkeypatch.setattr(tools, "Build", Fake)
    return Fake, log


PAIR = (BY_NAME["etcd"], BY_NAME["kopia"])


def test_a_tool_is_linked_while_the_next_is_compiled(two):
    _, log = two
    assert {*tools._build(PAIR)} == {"etcd", "kopia"}
    assert log.index("compile kopia") < log.index("link etcd")


def test_a_tool_is_compiled_only_with_its_source_at_hand(two):
    _, log = two
    tools._build(PAIR)
    for name in ("etcd", "kopia"):
        assert log.index(f"fetch {name}") < log.index(f"compile {name}") < log.index(f"link {name}")


def test_nothing_is_compiled_after_a_tool_that_cannot_be(two):
    fake, log = two
    fake.trouble = "etcd"
    with pytest.raises(tools.ToolError, match="etcd"):
        tools._build(PAIR)
    assert not any(line.startswith(("compile", "link")) for line in log)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_files_in_place_of_upstreams_are_there_where_a_tool_says_so(tool):
    files = list((tools.MODULES / tool.module / "instead").rglob("*.go"))
    assert bool(files) == any(one.partly for one in TOOLS if one.module == tool.module)
