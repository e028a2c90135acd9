from dataclasses import replace
from pathlib import PurePath

from components._register import WAIT_FOR
from components.restore_proof import RestoreProof, RestoreProofArgs, rules
from contract.environment import DrillSettings
from contract.labels import BACKUP, CREATED_BY, NO_BACKUP, REASON
from contract.repository import MOUNT_PATH, PIN_CONFIG_MAP, SYSTEM_SECRET, PasswordSource
from contract.scope import RESTORE_PROOF, VOLSYNC_NAMESPACE
from mover.drill.operation import SCRATCH
from tests.unit.components.fixtures import EXPORT, IMAGE, built, plain

ARGS = RestoreProofArgs(
    enabled=True,
    image=IMAGE,
    export=EXPORT,
    password=PasswordSource(store="vault"),
    unique_id="",
    schedule="20 */6 * * *",
    timezone="UTC",
    size="20Gi",
    storage_class="fast",
)
DRILL = "restore-proof-drill"


def _made(**changes):
    args = replace(ARGS, **changes)
    return built(lambda opts: RestoreProof("restore-proof", args, opts))


def _settings(made):
    (container,) = made.pods()[DRILL]["containers"]
    return DrillSettings.from_environment({v["name"]: v["value"] for v in container["env"]})


def _volume(made, kind):
    (match,) = [volume for volume in made.pods()[DRILL]["volumes"] if kind in volume]
    return match


def test_nothing_is_there_unless_it_is_asked_for():
    made = _made(enabled=False)
    assert {item.kind for item in made.resources} == {"kubernetes", "RestoreProof"}


def test_it_is_told_what_it_needs_and_ends_before_its_job():
    made = _made()
    job = made.one(DRILL).inputs["spec"]["jobTemplate"]["spec"]
    assert _settings(made).unique_id == ""
    assert _settings(made).namespace == VOLSYNC_NAMESPACE
    assert _settings(made).deadline < job["activeDeadlineSeconds"]
    assert _settings(_made(unique_id="abc")).unique_id == "abc"


def test_all_that_it_does_happens_in_a_namespace_of_its_own():
    made = _made()
    assert made.one("restore-proof-namespace").inputs["metadata"]["name"] == RESTORE_PROOF
    for name in ("secret", "network-policy", "account", "drill"):
        resource = made.one(f"restore-proof-{name}")
        assert resource.inputs["metadata"]["namespace"] == RESTORE_PROOF, name
        assert "restore-proof-namespace" in made.needs(resource.name), name


def test_it_keeps_one_config_map_makes_none_and_reads_the_pin():
    read, write = plain(rules())
    assert (read["resource_names"], read["verbs"]) == ([PIN_CONFIG_MAP, RESTORE_PROOF], ["get"])
    assert (write["resource_names"], write["verbs"]) == ([RESTORE_PROOF], ["patch"])
    assert read["resources"] == write["resources"] == ["configmaps"]
    made = _made()
    assert made.of_kind("ClusterRole") == []
    assert made.one("restore-proof-role").inputs["metadata"]["namespace"] == VOLSYNC_NAMESPACE
    record = made.one("restore-proof-record").inputs
    assert (record["metadata"]["name"], record["metadata"]["namespace"]) == (
        RESTORE_PROOF,
        VOLSYNC_NAMESPACE,
    )
    assert "data" not in record


def test_the_repository_is_read_only():
    made = _made()
    nfs = _volume(made, "nfs")
    assert nfs["nfs"] == {"server": EXPORT.server, "path": EXPORT.path, "readOnly": True}
    (container,) = made.pods()[DRILL]["containers"]
    (mount,) = [m for m in container["volumeMounts"] if m["name"] == nfs["name"]]
    assert (mount["mountPath"], mount["readOnly"]) == (MOUNT_PATH, True)


def test_the_scratch_volume_goes_with_its_pod_and_is_where_the_drill_restores():
    made = _made()
    volume = _volume(made, "ephemeral")
    template = volume["ephemeral"]["volumeClaimTemplate"]
    assert template["spec"]["storageClassName"] == "fast"
    assert template["spec"]["resources"] == {"requests": {"storage": "20Gi"}}
    (container,) = made.pods()[DRILL]["containers"]
    (mount,) = [m for m in container["volumeMounts"] if m["name"] == volume["name"]]
    assert PurePath(mount["mountPath"]) == PurePath(_settings(made).state) / SCRATCH
    assert made.one(DRILL).inputs["spec"]["jobTemplate"]["spec"]["ttlSecondsAfterFinished"] <= 3600


def test_the_scratch_volume_is_never_backed_up_and_says_why():
    meta = _volume(_made(), "ephemeral")["ephemeral"]["volumeClaimTemplate"]["metadata"]
    assert meta["labels"] == {BACKUP: NO_BACKUP}
    assert meta["annotations"][REASON]


def test_it_waits_for_its_secret_its_record_and_its_rights():
    made = _made()
    secret = made.one("restore-proof-secret").inputs
    assert secret["metadata"]["annotations"][WAIT_FOR] == "condition=Ready"
    assert secret["spec"]["target"]["name"] == SYSTEM_SECRET
    assert secret["spec"]["secretStoreRef"]["name"] == ARGS.password.store
    needs = {"restore-proof-secret", "restore-proof-record", "restore-proof-role-binding"}
    assert needs <= made.needs(DRILL)


def test_no_two_drills_run_at_once_and_none_is_a_volsync_job():
    made = _made()
    spec = made.one(DRILL).inputs["spec"]
    assert spec["concurrencyPolicy"] == "Forbid"
    assert (spec["schedule"], spec["timeZone"]) == (ARGS.schedule, "UTC")
    assert spec["jobTemplate"]["spec"]["backoffLimit"] == 0
    assert CREATED_BY not in str(made.one(DRILL))


def test_restored_data_gets_no_more_than_baseline_rights():
    labels = _made().one("restore-proof-namespace").inputs["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "baseline"
