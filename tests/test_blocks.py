"""Every block of commands or manifests in what users read is run by a test, or says why not."""

import itertools
import os
import re
import shlex
import subprocess

import pytest

from tests.blocks import PAGES, ROOT, blocks, lines, of

CLI = "tests/cli/test_documented.py"
OPERATIONS = (
    "tests/lab/test_operations.py::test_the_commands_of_the_operations_page_do_what_it_says"
)
STORAGE = "tests/stack/test_examples.py::test_a_storages_block_makes_a_stack_that_is_accepted"
RUNBOOK = "tests/lab/test_runbook.py::test_the_commands_of_this_section_do_what_it_says"
RENDERED = "tests/lab/test_program.py::test_the_rendered_objects_alone_are_the_same_working_system"
OPTIONS = "tests/test_blocks.py::test_every_script_is_there_and_knows_its_options"
PARSED = "tests/test_docs.py::test_every_manifest_can_be_read"  # its kinds cannot be had here
# The test that runs each block, page by page, in their order.
RUN = {
    "README.md": [
        f"{CLI}::test_the_label_of_the_readme_is_all_that_a_pvc_needs",
        OPTIONS,
        f"{CLI}::test_the_readme_s_way_to_a_stack",
    ],
    "docs/adopt.md": [OPTIONS],
    "docs/ci.md": [f"{CLI}::test_the_gitlab_pipeline_runs_what_there_is"],
    "docs/configuration.md": [
        f"{CLI}::test_a_stack_of_one_s_own",
        "tests/stack/test_stack_file.py::test_the_line_for_editors_names_the_schema",
    ],
    "docs/gitops.md": [
        PARSED,
        f"{CLI}::test_the_gitops_page_s_pvc_passes_the_policy_pack",
        PARSED,
        f"{CLI}::test_a_stack_is_rendered_as_the_page_says",
        RENDERED,
        PARSED,
        PARSED,
        RENDERED,
    ],
    "docs/lab.md": ["tests/lab/test_itself.py::test_a_killed_lab_is_mended_by_up", *[OPTIONS] * 3],
    "docs/operations.md": [OPERATIONS] * 4,
    "docs/policy-pack.md": [
        f"{CLI}::test_another_project_uses_the_pack_as_its_page_says",
        f"{CLI}::test_the_pack_takes_the_settings_of_its_page",
    ],
    "docs/runbook.md": [RUNBOOK] * len(of("docs/runbook.md", "bash")),
    "docs/storage.md": [STORAGE] * len(of("docs/storage.md", "yaml")),
}
SCRIPTS = sorted(
    {
        re.sub(r"^(sudo )?(\S+=\S+ )*", "", line)
        for page in PAGES
        for _, text in blocks(str(page.relative_to(ROOT)))
        for line in lines(text)
        if re.match(r"(sudo )?scripts/", line)
    }
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_is_run_by_a_test(page):
    name = str(page.relative_to(ROOT))
    runners = RUN.get(name, [])
    assert len(blocks(name)) == len(runners)
    for runner in runners:
        file, _, test = runner.partition("::")
        assert f"def {test}(" in (ROOT / file).read_text(), runner


@pytest.mark.parametrize("line", SCRIPTS)
def test_every_script_is_there_and_knows_its_options(line):
    """Those that take many minutes; `scripts/test` itself runs all the others."""
    words = shlex.split(line)
    assert os.access(ROOT / words[0], os.X_OK)
    part = list(itertools.takewhile(lambda word: not word.startswith("-"), words))
    command = [str(ROOT / part[0]), *part[1:], "--help"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert not [word for word in words if word.startswith("-") and word not in said]


def test_the_pages_show_scripts():
    assert {"scripts/demo", "scripts/alerts-drill"} <= set(SCRIPTS)
