import pytest

from adopt.fork import declared, is_foreign
from contract.names import Claim, Identity
from contract.volsync import PROVIDER
from tests.unit.adopt.origin import obj, source

DATA = Claim("media", "data")


@pytest.mark.parametrize(
    ("raw", "identity"),
    [
        (source("data-backup", "data"), Identity("data-backup", "media")),
        (source("a.b", "data"), Identity("ab", "media")),
        (source("x" * 60, "data"), Identity("x" * 50, "media")),
        (source("any", "data", username="data"), Identity("data", "media")),
        (source("any", "data", username="u", hostname="h"), Identity("u", "h")),
        (source("any", "data", sourcePathOverride="/config"), Identity("any", "media", "/config")),
    ],
)
def test_what_a_replication_source_of_the_fork_writes_is_its_pvcs(raw, identity):
    assert declared([raw])[identity] == {DATA}


def test_two_that_write_the_same_identity_are_both_named():
    both = declared([source("a.b", "data"), source("ab", "other")])
    assert both[Identity("ab", "media")] == {DATA, Claim("media", "other")}


@pytest.mark.parametrize("spec", [{"restic": {}, "sourcePVC": "data"}, {"kopia": {}}, {}])
def test_one_of_another_mover_or_without_a_pvc_declares_nothing(spec):
    assert declared([obj("data-backup", "media", spec)]) == {}


@pytest.mark.parametrize(
    ("spec", "foreign"),
    [
        ({"kopia": {}}, True),
        ({"external": {"provider": PROVIDER}}, False),
        ({"external": {"provider": "example.org/other"}}, True),
        ({}, True),
        ({"restic": {}}, True),
    ],
)
def test_an_object_of_our_name_is_foreign_unless_we_serve_it(spec, foreign):
    assert is_foreign(obj("data-backup", "media", spec), "data-backup") is foreign


def test_an_object_of_another_name_and_mover_is_left_alone():
    assert not is_foreign(obj("mine", "media", {"restic": {}}), "")
    assert is_foreign(obj("mine", "media", {"kopia": {}}), "")


def test_what_upstreams_kinds_left_without_a_mover_is_foreign_by_any_name():
    spec = {"sourcePVC": "data", "trigger": {"schedule": "0 * * * *"}}
    assert is_foreign(obj("data-volsync", "media", spec), "")
