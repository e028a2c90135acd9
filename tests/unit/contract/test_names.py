import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import names
from contract.names import Claim, Identity
from tests.unit.contract.strategies import claims
from tests.unit.contract.strategies import names as pvc_names

LABEL_VALUE = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
OBJECT_NAMES = (names.source_name, names.destination_name, names.secret_name)


@pytest.mark.parametrize("name_of", OBJECT_NAMES)
@given(claim=claims)
def test_every_object_name_is_one_that_kubernetes_takes(name_of, claim):
    assert names.is_dns_subdomain(name_of(claim))


@given(claim=claims)
def test_every_label_value_is_one_that_kubernetes_takes(claim):
    value = names.label_value(claim)
    assert len(value) <= names.LABEL_LIMIT
    assert LABEL_VALUE.fullmatch(value)


@pytest.mark.parametrize("name_of", [*OBJECT_NAMES, names.label_value, names.identity])
@given(first=pvc_names, second=pvc_names)
def test_two_pvcs_never_share_a_name_or_an_identity(name_of, first, second):
    same = name_of(Claim("app", first)) == name_of(Claim("app", second))
    assert same == (first == second)


@pytest.mark.parametrize("name_of", [*OBJECT_NAMES, names.label_value])
@given(claim=claims)
def test_a_pvc_named_like_anothers_cut_name_does_not_take_it(name_of, claim):
    taken = name_of(claim).removesuffix("-backup").removesuffix("-restore")
    candidates = {taken, taken.removeprefix("volsync-"), taken.removeprefix("volsync.")}
    for name in candidates - {claim.name}:
        if names.is_dns_subdomain(name):
            assert name_of(Claim(claim.namespace, name)) != name_of(claim)


@given(first=claims, second=claims)
def test_identities_of_different_namespaces_differ(first, second):
    assert (names.identity(first) == names.identity(second)) == (first == second)


def test_ordinary_names_are_those_of_the_public_contract():
    claim = Claim("media", "photos")
    assert names.source_name(claim) == "photos-backup"
    assert names.destination_name(claim) == "photos-restore"
    assert names.secret_name(claim) == "volsync-photos"
    assert names.label_value(claim) == "photos"
    assert str(names.identity(claim)) == "photos-backup@media:/data"


@pytest.mark.parametrize("size", [244, 245, 246, 247, 253])
def test_names_at_the_limit_are_cut_only_when_they_must_be(size):
    claim = Claim("app", "a" * size)
    for name_of, affix in zip(OBJECT_NAMES, ("-backup", "-restore", "volsync-"), strict=True):
        full = len(claim.name) + len(affix) <= names.NAME_LIMIT
        assert (claim.name in name_of(claim)) == full


@given(claim=claims)
def test_the_exact_identity_is_never_called_a_legacy_one(claim):
    assert names.identity(claim) not in names.legacy_identities(claim)


@given(claim=claims)
def test_every_legacy_identity_stays_in_the_claims_namespace(claim):
    for legacy in names.legacy_identities(claim):
        assert (legacy.host, legacy.path) == (claim.namespace, names.DATA_PATH)


@given(claim=claims)
def test_an_identity_is_read_as_the_pvc_that_it_was_made_for(claim):
    assert names.claim_of(names.identity(claim)) == claim


@given(
    source=st.builds(
        Identity,
        user=st.sampled_from(["-backup", "data", "a b-backup", "data-backup", "Data-backup"]),
        host=st.sampled_from(["media", "", "me.dia", "volsync"]),
        path=st.sampled_from(["/data", "/", "/data/sub"]),
    )
)
def test_a_source_is_read_as_a_pvc_only_where_that_one_has_this_identity(source):
    claim = names.claim_of(source)
    assert claim is None or names.identity(claim) == source


@pytest.mark.parametrize(
    "foreign",
    [
        Identity("data", "shop"),
        Identity("-backup", "shop"),
        Identity("data-backup", "shop", "/home"),
        Identity("data-backup", "laptop.example.org"),
        Identity("Data-backup", "shop"),
        Identity("maintenance", "volsync"),
    ],
)
def test_any_other_identity_is_nobodys(foreign):
    assert names.claim_of(foreign) is None


@given(claim=claims)
def test_whole_names_tell_what_kind_of_object_they_are(claim):
    if len(claim.name) <= names.PVC_NAME_LIMIT:
        assert names.source_name(claim) == claim.name + names.SOURCE_SUFFIX
        assert names.destination_name(claim) == claim.name + names.DESTINATION_SUFFIX
        assert names.secret_name(claim) == names.SECRET_PREFIX + claim.name


def test_what_the_origins_mover_made_of_a_name_is_recognised():
    dotted = names.legacy_identities(Claim("app", "my.data"))
    assert Identity(user="mydata-backup", host="app") in dotted
    long = names.legacy_identities(Claim("app", "a" * 60))
    assert Identity(user="a" * 50, host="app") in long


def test_an_ordinary_name_has_no_legacy_identity():
    assert names.legacy_identities(Claim("app", "data")) == frozenset()


@pytest.mark.parametrize(
    "text",
    ["", "A", "a/b", "-a", "a-", ".", "a.", "a..b", "a_b", "a b", "\u00e4", "a\n", "a" * 254],
)
def test_a_name_that_kubernetes_refuses_is_refused(text):
    with pytest.raises(ValueError, match="PVC name"):
        Claim("app", text)


@pytest.mark.parametrize("text", ["", "a.b", "A", "a" * 64, "-a", "a\n"])
def test_a_namespace_that_kubernetes_refuses_is_refused(text):
    with pytest.raises(ValueError, match="namespace"):
        Claim(text, "data")


@given(text=st.text(max_size=70))
def test_no_text_gets_past_the_check_and_breaks_a_path(text):
    if names.is_dns_subdomain(text):
        assert set(text) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
        assert ".." not in text


@pytest.mark.parametrize(("size", "answer"), [(1, True), (63, True), (64, False), (253, False)])
def test_only_names_that_fit_a_label_can_be_restored(size, answer):
    assert names.is_restorable(Claim("app", "a" * size)) is answer
