"""The house rules that no linter knows."""

import ast
import statistics
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = (
    *("contract", "kopia", "kube", "manifests", "components", "plumber", "mover", "policy_pack"),
    *("adopt", "stack"),
)
CAP = 400
MAIN_CAP = 80
VAGUE = {"utils", "helpers", "common", "base", "misc"}
# One test module may speak for several that only hold words; some need a real repository.
TESTED_ELSEWHERE = {
    "contract/labels.py": "tests/unit/contract/test_words.py",
    "contract/scope.py": "tests/unit/contract/test_words.py",
    "contract/audit.py": "tests/unit/contract/test_words.py",
    "contract/answer.py": "tests/unit/contract/test_words.py",
    "contract/volsync.py": "tests/unit/contract/test_words.py",
    "contract/policies.py": "tests/unit/contract/test_words.py",
    "contract/metrics.py": "tests/project/test_docs.py",
    "manifests/guard.py": "tests/integration/kyverno/test_guard.py",
    "manifests/webhook.py": "tests/integration/kyverno/test_webhook.py",
    "plumber/web/listener.py": "tests/unit/plumber/web/test_server.py",
    "manifests/native.py": "tests/integration/kyverno/test_guard.py",
    "manifests/alerts/audit.py": "tests/integration/cli/test_alerts.py",
    "manifests/alerts/drills.py": "tests/integration/cli/test_alerts.py",
    "manifests/alerts/health.py": "tests/integration/cli/test_alerts.py",
    "manifests/alerts/maintenance.py": "tests/integration/cli/test_alerts.py",
    "manifests/alerts/repository.py": "tests/integration/cli/test_alerts.py",
    "manifests/panels/audit.py": "tests/integration/cli/test_dashboard.py",
    "manifests/panels/backups.py": "tests/integration/cli/test_dashboard.py",
    "manifests/panels/drills.py": "tests/integration/cli/test_dashboard.py",
    "manifests/panels/health.py": "tests/integration/cli/test_dashboard.py",
    "manifests/panels/restores.py": "tests/integration/cli/test_dashboard.py",
    "stack/versions.py": "tests/unit/stack/test_arguments.py",
    "plumber/verify.py": "tests/integration/cli/test_verify.py",
}
WORDS = ("volsync.backup/", "KOPIA_PASSWORD", "KOPIA_REPOSITORY", "KOPIA_FS_PATH", "vs-prime-")


def _modules(*folders: str) -> list[Path]:
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return sorted(path for path in paths if not {"venv", "charts"} & set(path.parts))


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


PRODUCT_MODULES = _modules(*PRODUCT)
ALL_MODULES = [
    *PRODUCT_MODULES,
    *_modules("lab", "bench", "docgen", "fakes", "tests"),
    *sorted(ROOT.glob("*.py")),
]


def test_no_module_is_too_long():
    lines = {_name(path): len(path.read_text().splitlines()) for path in ALL_MODULES}
    assert lines.pop("__main__.py") <= MAIN_CAP
    assert {name: count for name, count in lines.items() if count > CAP} == {}


def test_the_median_module_is_small():
    assert statistics.median(len(p.read_text().splitlines()) for p in PRODUCT_MODULES) <= 90


def test_no_module_has_a_vague_name():
    assert [_name(path) for path in ALL_MODULES if path.stem in VAGUE] == []


def _twin(path: Path) -> str:
    name = _name(path)
    folder, *parts = Path(name).parts
    twin = Path("tests", "unit", folder, *parts[:-1], f"test_{path.stem.lstrip('_')}.py")
    return TESTED_ELSEWHERE.get(name, twin.as_posix())


def test_every_module_has_a_test_twin():
    twins = {_name(p): _twin(p) for p in PRODUCT_MODULES if p.stem not in {"__init__", "__main__"}}
    assert len(twins) > 100
    assert {name: twin for name, twin in twins.items() if not (ROOT / twin).exists()} == {}


def test_every_file_with_tests_is_collected():
    for path in _modules("tests"):
        if path.name.startswith("test_"):
            continue
        tree = ast.parse(path.read_text())
        tests = [
            node
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and node.name.startswith("test_")
        ]
        assert not tests, path


def _literals(path: Path) -> list[str]:
    strings = [
        node.value
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return [s for s in strings if s.startswith(WORDS) and " " not in s]


def test_the_words_of_the_contract_are_written_once():
    literals_by_module = {_name(path): _literals(path) for path in PRODUCT_MODULES}
    written = {Path(name).parts[0] for name, literals in literals_by_module.items() if literals}
    assert written == {"contract"}, {
        name: text for name, text in literals_by_module.items() if text
    }


@pytest.mark.parametrize("path", _modules("manifests/policies"), ids=_name)
def test_no_policy_is_a_template(path):
    tree = ast.parse(path.read_text())
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
