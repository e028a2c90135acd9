"""What a release tells, and that no tag makes one that the project does not stand behind."""

import subprocess
import tomllib
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "release-notes"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
_loader = SourceFileLoader("release_notes", str(SCRIPT))
_spec = spec_from_loader(_loader.name, _loader)
assert _spec
notes = module_from_spec(_spec)
_loader.exec_module(notes)


def _run(*words):
    return subprocess.run([SCRIPT, *words], capture_output=True, text=True, check=False)


def test_the_section_of_a_version_is_its_own_only():
    text = "# C\n\n## Unreleased\n\n- u\n\n## 1.2.3 (2026-01-02)\n\n- a\n- b\n\n## 1.2\n\n- old\n"
    assert notes.section(text, "1.2.3") == "- a\n- b"
    assert notes.section(text, "1.2") == "- old"
    assert notes.section(text, "1.2.4") == ""


def test_a_tag_of_another_version_is_refused():
    run = _run("v99.0.0")
    assert run.returncode == 1
    assert f"the tag is v99.0.0, pyproject.toml says {VERSION}" in run.stderr


def test_a_version_without_a_section_is_refused_and_others_are_told():
    run = _run(f"v{VERSION}", "--image", "registry.test/i@sha256:0")
    section = notes.section((ROOT / "CHANGELOG.md").read_text(), VERSION)
    assert run.returncode == (0 if section else 1)
    expected = "pulumi config set image registry.test/i@sha256:0" if section else ""
    assert expected in run.stdout
    assert section or f"nothing under '## {VERSION}'" in run.stderr


def test_the_policy_pack_has_the_version_of_the_project():
    pack = yaml.safe_load((ROOT / "policy_pack" / "PulumiPolicy.yaml").read_text())
    assert pack["version"] == VERSION


def test_smoke_asks_for_an_image():
    run = subprocess.run([ROOT / "scripts" / "smoke"], capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "scripts/smoke IMAGE" in run.stderr
