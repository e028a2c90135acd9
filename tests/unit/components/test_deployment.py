import pulumi

from components.deployment import ONE, SEVERAL, Pods, deployment
from tests.unit.components.fixtures import built, plain


def _spec(pods, **more):
    def build(opts: pulumi.ResourceOptions) -> None:
        deployment("part", "part", pods, opts, **more)

    return built(build).one("part-deployment").inputs["spec"]


def test_a_token_is_mounted_only_where_there_is_an_account():
    without = _spec(Pods(containers=[]))["template"]["spec"]
    assert without["automountServiceAccountToken"] is False
    assert "serviceAccountName" not in without
    with_one = _spec(Pods(containers=[], account="part"))["template"]["spec"]
    assert with_one["automountServiceAccountToken"] is True
    assert with_one["serviceAccountName"] == "part"


def test_every_pod_is_found_by_its_labels_and_runs_without_privileges():
    spec = _spec(Pods(containers=[]))
    labels = spec["template"]["metadata"]["labels"]
    assert spec["selector"]["matchLabels"].items() <= labels.items()
    assert spec["template"]["spec"]["securityContext"]["runAsNonRoot"] is True
    assert spec["template"]["spec"]["enableServiceLinks"] is False


def test_one_pod_never_meets_its_successor_and_several_are_never_fewer():
    assert _spec(Pods(containers=[]))["strategy"] == plain(ONE)
    several = _spec(Pods(containers=[]), replicas=2, strategy=SEVERAL)
    assert several["replicas"] == 2
    assert several["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
