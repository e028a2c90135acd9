from hypothesis import given

from contract.ledger import LEDGER, SHARD_NAMES, shard
from contract.names import Claim, Identity, identity, is_dns_subdomain
from tests.unit.contract.strategies import claims


def test_an_identity_stays_in_its_shard_for_ever() -> None:
    assert shard(identity(Claim("media", "data"))) == "kopia-ledger-2"
    assert shard(Identity("root", "laptop", "/home")) == "kopia-ledger-c"


def test_shards_are_names_that_kubernetes_takes() -> None:
    assert len(SHARD_NAMES) == len(set(SHARD_NAMES)) == 16
    assert all(is_dns_subdomain(name) and name.startswith(LEDGER) for name in SHARD_NAMES)


@given(claims)
def test_every_pvc_has_one_shard(claim: Claim) -> None:
    assert shard(identity(claim)) in SHARD_NAMES
