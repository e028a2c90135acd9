"""What scripts/check finds, and that the hook and CI run just that."""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from lab.paths import ROOT

RUNS = ("scripts", "tests/project/canary")
CACHE = str(Path(sys.prefix, "secrets"))
READS = (".gitignore", "constraints.txt", "pyproject.toml", "requirements.txt")
# Made up while the tests run: written down here, the scanner would find them in this very file.
NO_SIGNS = str.maketrans("+/=", "xyz")
MADE_UP = base64.b64encode(hashlib.sha256(b"made up").digest()).decode().translate(NO_SIGNS)[:40]


@dataclass(frozen=True)
class Checkout:
    """Nothing but what scripts/check itself needs."""

    folder: Path

    def write(self, name: str, text: str) -> None:
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_bytes(text.encode())

    def checked(self, *options: str) -> str:
        """What it said. The rules on imports fail here: there is nothing to import."""
        command = [self.folder / "scripts" / "check", *options]
        environ = {**os.environ, "KF_RULE_CACHE_DIR": CACHE}  # noqa: TID251 - for all else
        said = subprocess.run(command, capture_output=True, text=True, env=environ, check=False)
        assert said.returncode
        return said.stdout + said.stderr


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    for folder in RUNS:
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for file in (*READS, *(p.name for p in ROOT.glob("requirements-*.txt"))):
        shutil.copy(ROOT / file, tmp_path)
    for file in ROOT.glob("*/requirements.txt"):
        (tmp_path / file.parent.name).mkdir()
        shutil.copy(file, tmp_path / file.parent.name)
    _enter_virtualenv(tmp_path)
    return Checkout(tmp_path)


def _enter_virtualenv(folder: Path) -> None:
    """The one that runs these tests, marked as fitting, so that nothing is installed into it."""
    [pins] = re.findall(r"^pins=.*$", (ROOT / "scripts" / "venv.sh").read_text(), re.MULTILINE)
    (folder / ".venv").mkdir()
    (folder / ".venv" / "bin").symlink_to(Path(sys.prefix, "bin"))
    mark = f'{pins}\necho "$pins" > .venv/pins'
    subprocess.run(["bash", "-euc", mark], cwd=folder, check=True)


UNTIDY = ("a \n", "a\r\n", "a", "a\n\n\n", "a\t\n \n")
SECRETS = {
    "notes.md": f"the key is ghp_{MADE_UP[:36]}",
    "stack/values.yaml": f"password: {MADE_UP[:24]}\n",
    ".github/key.py": f'API_KEY = "{MADE_UP}"\n',
    "password": MADE_UP[:32],
}


def test_a_secret_in_any_file_is_red_and_not_shown_again(checkout: Checkout) -> None:
    for file, text in SECRETS.items():
        checkout.write(file, text)
    said = checkout.checked()
    assert [file for file in SECRETS if f"./{file}\n" not in said] == []
    assert "secrets: take them out" in said
    assert MADE_UP[:24] not in said


def test_without_one_it_goes_on_to_what_comes_after(checkout: Checkout) -> None:
    checkout.write("notes.md", "password: see 1Password\n")
    said = checkout.checked()
    assert "secrets:" not in said
    assert "Could not find package" in said


def test_a_misspelt_word_is_red(checkout: Checkout) -> None:
    checkout.write("notes.md", "what is rec" + "ieved\n")
    assert "notes.md:1" in checkout.checked()


def test_untidy_ends_of_lines_and_files_are_red_and_mended(checkout: Checkout) -> None:
    for number, text in enumerate(UNTIDY):
        checkout.write(f"{number}.md", text)
    said = checkout.checked()
    assert [number for number in range(len(UNTIDY)) if f"./{number}.md\n" not in said] == []
    checkout.checked("--fix")
    assert {file.read_bytes() for file in checkout.folder.glob("*.md")} == {b"a\n"}


def test_the_hook_before_a_commit_runs_what_ci_runs() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    [repository] = config["repos"]
    assert repository["repo"] == "local"  # nothing is fetched that constraints.txt does not pin
    [hook] = repository["hooks"]
    assert (hook["entry"], hook["language"]) == ("scripts/check", "system")
    assert hook["always_run"]
    assert "scripts/check\n" in (ROOT / "scripts" / "test").read_text()
    program = Path(sys.prefix, "bin", "pre-commit")
    subprocess.run([program, "validate-config", ROOT / ".pre-commit-config.yaml"], check=True)
