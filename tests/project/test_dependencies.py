"""Every dependency has its reason on one page, and somebody is told when it can be raised."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PAGE = re.sub(r"\s+", " ", (ROOT / "docs" / "dependencies.md").read_text()).lower()
BOLD = {
    word for phrase in re.findall(r"\*\*(.+?)\*\*", PAGE) for word in re.split(r",? |,", phrase)
}
FILES = [*ROOT.glob("requirements*.txt"), *ROOT.glob("*/requirements.txt")]
PACKAGES = sorted(
    {
        line
        for file in FILES
        for line in file.read_text().split("\n")
        if line and not line.startswith(("#", "-"))
    }
)
VENV = ROOT / ".venv"  # scripts/venv.sh
ACTIONS = sorted(
    {
        name
        for file in (ROOT / ".github" / "workflows").glob("*.yml")
        for name in re.findall(r"uses: ([\w./-]+)@", file.read_text())
    }
)
MODULES = sorted(path.parent.name for path in (ROOT / "lab" / "tools").glob("*/go.mod"))
IMAGES = re.findall(r"_IMAGE=([\w:.-]+)@", (ROOT / "plumber" / "Dockerfile").read_text())


@pytest.mark.parametrize("name", [*PACKAGES, *ACTIONS, *MODULES, *IMAGES])
def test_each_dependency_is_named_with_its_reason(name):
    assert name in BOLD


def test_each_kind_of_pin_is_looked_at_regularly():
    updates = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())["updates"]
    kinds = {update["package-ecosystem"] for update in updates}
    assert kinds == {"pip", "docker", "github-actions", "gomod"}
    for update in updates:
        for folder in update.get("directories", [update.get("directory")]):
            assert list(ROOT.glob(folder.strip("/") or "*")), folder


def test_the_virtualenv_that_the_scripts_make_serves_program_and_pack():
    """In CI nothing else makes one; Pulumi takes no other Python for a pack."""
    for project in ("Pulumi.yaml", "policy_pack/PulumiPolicy.yaml"):
        options = yaml.safe_load((ROOT / project).read_text())["runtime"]["options"]
        assert (ROOT / project).parent.joinpath(options["virtualenv"]).resolve() == VENV.resolve()
    requirements = (ROOT / "requirements-dev.txt").read_text().splitlines()
    assert "-r requirements.txt" in requirements
    packs = (ROOT / "policy_pack" / "requirements.txt").read_text().replace("..", ".")
    pack_requirements = {line for line in packs.splitlines() if not line.startswith(("#", "-c"))}
    assert pack_requirements - set(requirements) == set()
