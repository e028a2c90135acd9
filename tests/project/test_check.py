"""What scripts/check finds, and that the hook and CI run just that."""

import base64
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lab.paths import ROOT
from tests import checkout as a_checkout
from tests.checkout import Checkout

CANARY = "tests/project/canary"
# Made up while the tests run: written down here, the scanner would find them in this very file.
NO_SIGNS = str.maketrans("+/=", "xyz")
MADE_UP = base64.b64encode(hashlib.sha256(b"made up").digest()).decode().translate(NO_SIGNS)[:40]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    made = a_checkout.made(tmp_path)
    shutil.copytree(ROOT / CANARY, tmp_path / CANARY)
    return made


def checked(checkout: Checkout, *options: str) -> str:
    """What it said. The rules on imports fail at the latest: there is nothing to import."""
    done = checkout.run("check", *options)
    assert done.returncode
    return done.stdout


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
    output = checked(checkout)
    assert [file for file in SECRETS if f"./{file}\n" not in output] == []
    assert "secrets: take them out" in output
    assert MADE_UP[:24] not in output


def test_what_the_lab_unpacks_is_not_judged(checkout: Checkout) -> None:
    misspelt = "t{}h".format("e")
    checkout.write("lab/charts/kyverno/README.md", f"{misspelt} chart \n\n\n{MADE_UP[:32]}")
    output = checked(checkout)
    assert "lab/charts" not in output
    assert "secrets:" not in output


def test_without_one_it_goes_on_to_what_comes_after(checkout: Checkout) -> None:
    checkout.write("notes.md", "password: see 1Password\n")
    output = checked(checkout)
    assert "secrets:" not in output
    assert "Could not find package" in output


def test_a_misspelt_word_is_red(checkout: Checkout) -> None:
    checkout.write("notes.md", "what is rec" + "ieved\n")
    assert "notes.md:1" in checked(checkout)


def test_untidy_ends_of_lines_and_files_are_red_and_mended(checkout: Checkout) -> None:
    for number, text in enumerate(UNTIDY):
        checkout.write(f"{number}.md", text)
    output = checked(checkout)
    assert [number for number in range(len(UNTIDY)) if f"./{number}.md\n" not in output] == []
    checked(checkout, "--fix")
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
