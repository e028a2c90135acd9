import pytest

from lab import tools
from lab.pins import BY_NAME, TOOLS


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
