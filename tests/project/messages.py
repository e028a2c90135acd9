"""What the product says to people, as its code has it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from contract.environment import Isolation
from contract.repository import NfsExport
from kopia.failure import KNOWN_FAILURES
from manifests.params import PolicyParams
from manifests.render import all_policies, native_policies
from mover import status
from mover.plan import attempt

ROOT = Path(__file__).parents[2]
GAP = "\0"
SENTENCE = 3  # words from which on a text is one
# Texts of these calls are patterns, or for quiet logs, metrics, help and titles.
OTHER_CALLS = re.compile(
    r"log\.(debug|info)|(\w+\.)?add\w*|argparse\.ArgumentParser|_policy|Field|print_help|native\.denying"
    r"|re\.compile"
)
# Of these only what is raised is for people: the others are patterns, pages, reports and figures.
RAISED_ONLY = (
    "adopt/history.py",
    "adopt/layout.py",
    "adopt/renaming.py",
    "adopt/report.py",
    "adopt/conflict.py",
    "adopt/stack.py",
    "adopt/step.py",
    "adopt/text.py",
    "adopt/volume.py",
    "components",
    "contract",
    "kopia/failure.py",
    "manifests/alerts/alert.py",
    "manifests/alerts/prometheus_rule.py",
    "mover/metrics.py",
    "plumber/audit/metrics.py",
    "plumber/audit/page.py",
    "plumber/metrics.py",
    "plumber/web/openapi.py",
)
SPEAKING = (
    *("adopt", "components", "contract", "kopia", "kube", "mover"),
    *("plumber", "policy_pack", "stack"),
    *("manifests/alerts/alert.py", "manifests/alerts/prometheus_rule.py"),
    *("scripts/break-glass", "scripts/preview", "scripts/release-notes"),
)
SHELL = "scripts/venv.sh"


def stable(message: str) -> str:
    """The longest part of a message that is always the same."""
    parts = re.split(rf"{GAP}|\{{\w*\}}", message.replace("`", ""))
    return max((" ".join(part.split()).strip(" :;,.()") for part in parts), key=len)


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.replace("%s", GAP).replace("%.0f", GAP)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) or GAP for part in node.values)
    return ""


def _texts(node: ast.AST) -> Iterator[str]:
    """Every text below a node but docstrings and those for others than users."""
    if isinstance(node, ast.Call) and OTHER_CALLS.fullmatch(ast.unparse(node.func)):
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    text = _text(node)
    if text:
        yield text
        return
    for child in ast.iter_child_nodes(node):
        yield from _texts(child)


def is_sentence(text: str) -> bool:
    words = text.replace(GAP, " ").split()
    return sum(any(c.isalpha() for c in word) for word in words) >= SENTENCE


def of_code(path: Path) -> Iterator[str]:
    """What one file says to people."""
    tree = ast.parse(path.read_text())
    name = path.relative_to(ROOT).as_posix()
    raised = [node for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    for node in raised if name.startswith(RAISED_ONLY) else [tree]:
        yield from filter(is_sentence, _texts(node))


def _of_shell(path: Path) -> Iterator[str]:
    """What it echoes, and the texts of the Python within."""
    yield from filter(is_sentence, re.findall(r'(?:echo|and) "([^"$]+)"', path.read_text()))


def _of_policies() -> Iterator[str]:
    """Literals of the messages, joined where CEL joins them, and of the variables that they use."""
    params = PolicyParams(isolation=Isolation.NAMESPACE)
    apart = PolicyParams(repository=NfsExport("nas", "/backup"))
    for policy in (*all_policies(params), *native_policies(params), *native_policies(apart)):
        spec = policy["spec"]
        variables = {
            variable["name"]: variable["expression"] for variable in spec.get("variables", [])
        }
        for rule in spec.get("validations", []):
            if "message" in rule:
                yield rule["message"]
                continue
            used = re.findall(r"variables\.(\w+)", rule["messageExpression"])
            for cel in (rule["messageExpression"], *(variables[name] for name in used)):
                joined = re.sub(r"""(['"]) \+ \1""", "", cel)
                literals = re.findall(r"""'([^']*)'|"([^"]*)\"""", joined)
                yield from filter(is_sentence, ("".join(pair) for pair in literals))


def messages() -> list[str]:
    """All of them, with GAP where each time something else stands."""
    texts = {text for _, _, text in KNOWN_FAILURES if is_sentence(text)} | set(_of_policies())
    for name in SPEAKING:
        path = ROOT / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            texts |= set(of_code(file))
    return sorted(texts | set(_of_shell(ROOT / SHELL)))


def reasons(module: ModuleType) -> list[str]:
    """The words of conditions and events that a module defines."""
    tree = ast.parse(Path(str(module.__file__)).read_text())
    names = [
        node.targets[0].id
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    ]
    values = [getattr(module, name) for name in names]
    return [v for v in values if isinstance(v, str) and re.fullmatch(r"([A-Z][a-z]+)+", v)]


MOVER_REASONS = [*reasons(status), *reasons(attempt)]
