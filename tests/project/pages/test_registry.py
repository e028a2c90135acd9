"""Every block and command of README and docs is run by a test, or it is said why not."""

import pytest

from tests.project.pages.registry import DRAWING, NOT_RUN, RULES, is_run, rule_of
from tests.project.pages.snippet import ROOT, every, snippets

EVERY = every()


def test_every_block_and_command_has_a_test_that_runs_it():
    assert [str(snippet) for snippet in EVERY if is_run(snippet) and rule_of(snippet) is None] == []


def test_no_rule_is_left_over():
    assert [rule for rule in RULES if rule not in map(rule_of, EVERY)] == []


@pytest.mark.parametrize("test", sorted({rule.test for rule in RULES} - {DRAWING}))
def test_a_test_that_a_rule_names_runs_what_it_is_given(test):
    assert "given_to(__file__)" in (ROOT / test).read_text()


@pytest.mark.parametrize("text", NOT_RUN)
def test_what_is_not_run_is_told_with_its_reason(text):
    assert [snippet for snippet in EVERY if snippet.text.startswith(text)]
    assert f"`{text}` ({NOT_RUN[text]})" in (ROOT / "CONTRIBUTING.md").read_text()


PAGE = """# Title
Run `kubectl get
pvc`, or read `kopia` and `spec.name`.

## Below
| a | `pulumi up` |

```bash
# a comment
docker build \\
  .
helm list
```
  ```yaml
  a: 1
  ```
"""


def test_a_page_is_taken_apart_in_its_order():
    parts = [(snippet.section, snippet.kind, snippet.text) for snippet in snippets("x.md", PAGE)]
    assert parts == [
        ("Title", "inline", "kubectl get pvc"),
        ("Below", "inline", "pulumi up"),
        ("Below", "bash", "# a comment"),
        ("Below", "bash", "docker build \\\n  ."),
        ("Below", "bash", "helm list"),
        ("Below", "yaml", "  a: 1\n"),
    ]


def test_a_command_that_nobody_runs_is_noticed():
    (helm,) = [snippet for snippet in snippets("x.md", PAGE) if snippet.text == "helm list"]
    assert is_run(helm)
    assert rule_of(helm) is None
