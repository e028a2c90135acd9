from contract.schedule import RETENTION
from contract.volsync import PROVIDER, SpecKey, retain_key
from manifests import volsync
from manifests.volsync import Access, Volume

ACCESS = Access(secret="s", user="u", host="h")
VOLUME = Volume(capacity="1Gi", access_modes="ReadWriteOnce", storage_class="fast")


def test_a_source_tells_the_mover_every_count():
    spec = volsync.replication_source({}, pvc="data", schedule="0 * * * *", access=ACCESS)["spec"]
    counts = {retain_key(key): str(count) for key, count in RETENTION.items().items()}
    assert spec["external"]["provider"] == PROVIDER
    assert spec["external"]["parameters"].items() >= counts.items()


def test_all_parameters_are_strings():
    destination = volsync.replication_destination({}, snapshot="", access=ACCESS, volume=VOLUME)
    source = volsync.replication_source({}, pvc="p", schedule="s", access=ACCESS)
    for obj in (source, destination):
        assert {type(v) for v in obj["spec"]["external"]["parameters"].values()} == {str}


def test_a_destination_writes_no_trigger():
    spec = volsync.replication_destination({}, snapshot="a", access=ACCESS, volume=VOLUME)["spec"]
    assert set(spec) == {"external"}
    assert spec["external"]["parameters"][SpecKey.SNAPSHOT] == "a"


def test_source_and_destination_use_one_identity():
    destination = volsync.replication_destination({}, snapshot="", access=ACCESS, volume=VOLUME)
    source = volsync.replication_source({}, pvc="p", schedule="s", access=ACCESS)
    for key in (SpecKey.SECRET, SpecKey.USER, SpecKey.HOST):
        values = {obj["spec"]["external"]["parameters"][key] for obj in (source, destination)}
        assert len(values) == 1
