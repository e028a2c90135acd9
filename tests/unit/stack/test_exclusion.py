import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.names import Claim
from contract.scope import excluded_namespaces
from stack.exclusion import SHOWN, labelled_pvcs, warning
from tests.unit.contract.strategies import claims

EXCLUDED = excluded_namespaces(["argocd"])


@given(pvcs=st.sets(claims, max_size=5), inside=st.sets(claims, max_size=5))
def test_exactly_the_pvcs_in_excluded_namespaces_are_named(pvcs, inside):
    excluded = sorted({pvc.namespace for pvc in inside})
    text = warning(pvcs | inside, excluded)
    count = sum(pvc.namespace in excluded for pvc in pvcs | inside)
    assert bool(text) == bool(count)
    assert (f": {count} PVCs with a tier" in text) == bool(count)


def test_a_warning_says_which_pvcs_what_happens_and_what_to_do():
    text = warning([Claim("argocd", "repos"), Claim("apps", "data")], EXCLUDED)
    assert "argocd/repos" in text
    assert "apps/data" not in text
    for words in ("bind empty", "Take the namespace out", "remove their label backup"):
        assert words in text


def test_a_long_list_is_cut_with_its_count():
    text = warning([Claim("argocd", f"p{i:02}") for i in range(SHOWN + 2)], EXCLUDED)
    assert "argocd/p09 and 2 more" in text
    assert "p10" not in text


@pytest.mark.parametrize("script", ["exit 1", "echo no cluster >&2; exit 1"])
def test_a_cluster_that_cannot_be_asked_is_no_failure(tmp_path: Path, monkeypatch, script):
    (tmp_path / "kubectl").write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / "kubectl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.defpath}")
    assert labelled_pvcs("") == []


def test_neither_is_a_machine_without_kubectl(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert labelled_pvcs("any") == []
