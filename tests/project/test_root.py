"""What lies in the root is known: what a run leaves there is soon committed with the rest."""

from fnmatch import fnmatch
from pathlib import Path

from lab.paths import ROOT

FOLDERS = {
    *(
        ".ci",
        ".github",
        "adopt",
        "bench",
        "components",
        "contract",
        "docgen",
        "docs",
        "fakes",
        "kopia",
        "kube",
        "lab",
    ),
    *("manifests", "mover", "plumber", "policy_pack", "scripts", "stack", "tests"),
}
FILES = {
    *(".dockerignore", ".editorconfig", ".gitignore", ".pre-commit-config.yaml"),
    *("CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md"),
    *("Pulumi.yaml", "Pulumi.lab.yaml", "Pulumi.prod.yaml", "__main__.py", "pyproject.toml"),
    *("constraints.txt", "requirements.txt", "requirements-dev.txt"),
}


def _ignored() -> list[str]:
    lines = (ROOT / ".gitignore").read_text().splitlines()
    return [line.rstrip("/") for line in lines if line and not line.startswith("#")]


def _entries(top: Path, ignored: list[str]) -> set[str]:
    """What git would commit, were it told to take all."""

    def counts(path: Path) -> bool:
        return not any(fnmatch(path.name, pattern) for pattern in (*ignored, ".git"))

    def holds(path: Path) -> bool:
        return any(holds(one) for one in path.iterdir() if counts(one)) if path.is_dir() else True

    return {path.name for path in top.iterdir() if counts(path) and holds(path)}


def test_the_root_holds_what_is_known_and_nothing_else():
    assert _entries(ROOT, _ignored()) == FOLDERS | FILES


def test_a_file_or_folder_that_a_run_leaves_in_the_root_is_noticed(tmp_path):
    for name in ("known", "left", "cache.egg-info", "folder/file", "stale/__pycache__/m.pyc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert _entries(tmp_path, _ignored()) == {"known", "left", "folder"}
