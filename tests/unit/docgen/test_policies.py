from dataclasses import replace

from contract.environment import Isolation
from contract.repository import NfsExport
from docgen.policies import policy_page
from manifests.native import POLICY
from manifests.params import PolicyParams
from manifests.render import all_policies, native_policies

PARAMS = PolicyParams(export=NfsExport(server="192.0.2.1", path="/x"))
NATIVE = [obj for obj in native_policies(PARAMS) if obj["kind"] == POLICY]
POLICIES = [*all_policies(PARAMS), NATIVE[0]]
PAGE = policy_page(POLICIES)


def test_every_policy_has_a_section_with_its_failure_side():
    assert PAGE.count("\n## ") == PAGE.count("| if it fails |") == len(POLICIES)


def test_the_page_tells_who_asks_pvc_plumber():
    assert PAGE.count("| asks pvc-plumber | yes |") == 2


def test_the_schedule_of_the_cleanup_is_shown():
    assert "schedule `*/15 * * * *`" in PAGE


def test_each_policy_says_whether_it_matches_in_excluded_namespaces():
    page = policy_page([*all_policies(PARAMS), *NATIVE])
    section = page.partition("## volsync-excluded-namespace")[2].partition("\n## ")[0]
    assert "| where | only in excluded namespaces |" in section
    beside = replace(PARAMS, isolation=Isolation.NAMESPACE)
    count = policy_page(all_policies(beside)).count("| where | not in excluded namespaces |")
    assert count == len(all_policies(beside))


def test_a_policy_that_looks_at_no_label_says_so():
    section = PAGE.partition("## volsync-bind-gate")[2].partition("\n## ")[0]
    assert "labels: any" in section


def test_the_policies_of_the_movers_namespace_say_so():
    page = policy_page([*all_policies(PARAMS), *NATIVE])
    assert (
        page.count("| where | only in `kopia-movers` |") == 3
    )  # its two guards, and who mounts the export
