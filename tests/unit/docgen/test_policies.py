from dataclasses import replace

from contract.environment import Isolation
from contract.repository import NfsExport
from docgen.policies import policy_page
from manifests.params import PolicyParams
from manifests.render import all_policies, native_policies

PARAMS = PolicyParams(export=NfsExport(server="192.0.2.1", path="/x"))
POLICIES = [*all_policies(PARAMS), native_policies(PARAMS)[0]]
PAGE = policy_page(POLICIES)


def test_every_policy_has_a_section_with_its_failure_side():
    assert PAGE.count("\n## ") == PAGE.count("| if it fails |") == len(POLICIES)


def test_the_page_tells_who_asks_pvc_plumber():
    assert PAGE.count("| asks pvc-plumber | yes |") == 2


def test_the_schedule_of_the_cleanup_is_shown():
    assert "schedule `*/15 * * * *`" in PAGE


def test_each_policy_says_whether_it_matches_in_excluded_namespaces():
    page = policy_page([*all_policies(PARAMS), *native_policies(PARAMS)[::2]])
    section = page.partition("## volsync-excluded-namespace")[2].partition("\n## ")[0]
    assert "| where | only in excluded namespaces |" in section
    assert PAGE.count("| where | not in excluded namespaces |") == len(POLICIES)


def test_a_policy_that_looks_at_no_label_says_so():
    section = PAGE.partition("## volsync-bind-gate")[2].partition("\n## ")[0]
    assert "labels: any" in section


def test_a_policy_of_the_movers_namespace_says_so():
    apart = replace(PARAMS, isolation=Isolation.SYSTEM)
    page = policy_page([*all_policies(PARAMS), *native_policies(apart)[::2]])
    assert page.count("| where | only in `kopia-movers` |") == 2
