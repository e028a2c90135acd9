"""Which test runs what stands on the pages: the first rule that fits hands a snippet to its test.

A test takes what it runs from `given_to`, so a new command is run without a word here, or no rule
fits it and `test_registry.py` fails.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.project.pages.snippet import ROOT, Snippet, every

RUNBOOK = "tests/e2e/test_runbook.py"  # on the lab, section by section
DRILL = "tests/e2e/test_restore_proof.py"  # on the lab
ITSELF = "tests/e2e/test_itself.py"  # on a lab of its own
LAB = "tests/e2e/test_commands.py"  # on the lab
STACK = "tests/integration/cli/test_stack_pages.py"  # the real pulumi in a copy of the checkout
REPOSITORY = "tests/integration/cli/test_repository_pages.py"  # the real kopia on a repository
GITLAB = "tests/integration/cli/test_gitlab.py"  # as GitLab does it, beside a stand-in for its API
KUBECTL = "tests/integration/kyverno/test_commands.py"  # a real API server, our objects
MANIFEST = "tests/integration/kyverno/test_manifests.py"  # a dry run on that API server
MODEL = "tests/unit/stack/test_examples.py"  # the settings' own model
EDITOR = "tests/unit/stack/test_stack_file.py"  # the schema that the line names
RENDERED = "tests/e2e/test_program.py"  # on the lab, in place of the deployed stack
FIELDS = "tests/integration/cli/test_flux.py"  # only parsed: no schema at hand
# Only asked for its help, behind the very words: the program knows the command and its options.
# For what takes too long to run, breaks the lab, or names a command without what it is about.
USAGE = "tests/integration/cli/test_usage.py"
DRAWING = ""  # there is nothing to run
NOT_RUN = {"docker build": "no container runtime"}  # CONTRIBUTING.md says so too


@dataclass(frozen=True)
class Rule:
    """Regular expressions: for the beginning of the text, and for the whole of the others."""

    test: str
    page: str = ".*"
    section: str = ".*"
    kind: str = ".*"
    text: str = ""

    def fits(self, snippet: Snippet) -> bool:
        """Whether its test is the one."""
        patterns = [(self.page, snippet.page), (self.section, snippet.section)]
        patterns.append((self.kind, snippet.kind))
        is_placed = all(re.fullmatch(pattern, text) for pattern, text in patterns)
        return is_placed and re.match(self.text, snippet.text) is not None


BLOCK = "bash|sh"
RULES = (
    Rule(RUNBOOK, page="docs/runbook.md", kind=BLOCK),
    Rule(DRILL, kind=BLOCK, section="Can the backups be restored.*"),
    Rule(EDITOR, text="# yaml-language-server:"),
    Rule(RENDERED, page="docs/gitops.md", kind="bash"),
    Rule(MODEL, page="docs/(storage|configuration).md", kind="yaml|"),
    Rule(DRAWING, kind="", text=r"[^$]*──▶"),
    Rule(DRAWING, kind="", page="docs/architecture.md"),
    Rule(DRAWING, section="Messages of .*", text=r"pulumi is |kopia (?!snapshot )"),  # not typed
    Rule(GITLAB, page="docs/ci.md", kind="yaml"),
    Rule(FIELDS, kind="yaml", text=r"apiVersion: kustomize.toolkit.fluxcd.io/"),
    Rule(MANIFEST, kind="yaml"),
    Rule(STACK, page="docs/policy-pack.md", kind="json"),
    Rule(STACK, page="docs/gitops.md", kind="sh"),
    Rule(ITSELF, text=r"sudo \S+ -m lab (up|status|down)"),
    Rule(LAB, text=r"sudo \S+ -m lab "),
    Rule(LAB, text=r"pulumi (up --policy-pack|stack output)"),
    Rule(LAB, text=r"kubectl (-n \S+ (logs|port-forward|exec)|get (--raw|endpointslices) \S)"),
    Rule(USAGE, text=r"kubectl [-a-z]+( [-=a-z]+)?$|\w+ \.\.\.$"),
    Rule(KUBECTL, text=r"kubectl "),
    Rule(REPOSITORY, text=r"kopia \w+ [-\w]+ |scripts/adopt <"),
    Rule(USAGE, text=r"(sudo )?scripts/|kopia |python "),
    Rule(STACK, page="README.md|docs/(configuration|policy-pack).md", kind=BLOCK),
    Rule(USAGE, text=r"pulumi "),
)


def is_run(snippet: Snippet) -> bool:
    """Whether it can be run at all where the tests run."""
    return not snippet.text.startswith(tuple(NOT_RUN))


def rule_of(snippet: Snippet) -> Rule | None:
    """The first rule that fits."""
    return next((rule for rule in RULES if rule.fits(snippet)), None)


def given_to(file: str) -> list[Snippet]:
    """What the test module `file` has to run, in the order of the pages."""
    name = Path(file).relative_to(ROOT).as_posix()
    return [
        snippet
        for snippet in every()
        if is_run(snippet) and (rule := rule_of(snippet)) and rule.test == name
    ]


def texts_given_to(file: str) -> list[str]:
    """The same for a module to which it does not matter where it stands: each text once."""
    return list(dict.fromkeys(snippet.text for snippet in given_to(file)))
