"""ConfigMaps of the ledger, which holds what was ever backed up: its shards, and a begun mark.

A ConfigMap holds 1 MiB. An identity takes about 120 bytes, and a long text is packed:
 sixteen shards hold a hundred thousand of them, whatever their names, and a write touches
a sixteenth. In a shard each repository has a key of its own,
its unique id, so that another repository never counts and the old one is never forgotten.
"""

import hashlib

from contract.names import Identity

LEDGER = "kopia-ledger"
SHARDS = 16
# Identities of one namespace that are kept, so that no tenant takes the room of the others.
NAMESPACE_LIMIT = 5000
SHARD_NAMES = tuple(f"{LEDGER}-{number:x}" for number in range(SHARDS))

# On the ConfigMap that pins the repository: the id of the repository whose ledger has been begun.
# A ledger that is gone is then not taken for one that never was.
BEGUN_KEY = "ledger"


def shard(identity: Identity) -> str:
    """The name of the one shard that may hold an identity; never to change."""
    digest = hashlib.sha256(f"{identity.user}@{identity.host}".encode()).hexdigest()
    return SHARD_NAMES[int(digest[0], 16)]
