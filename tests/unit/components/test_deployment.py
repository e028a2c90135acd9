import pulumi

from components.deployment import ONE, SEVERAL, Pods, deployment
from contract.pods import Effect, MoverPods, Operator, PodOptions, Toleration
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


def test_a_pod_runs_where_the_stack_says():
    tolerations = (
        Toleration(key="role", value="infra", effect=Effect.NO_SCHEDULE),
        Toleration(operator=Operator.EXISTS, effect=Effect.NO_EXECUTE, toleration_seconds=5),
    )
    options = PodOptions(
        tolerations=tolerations,
        node_selector={"x.y/node_role": "infra"},
        image_pull_secrets=("registry",),
    )
    pods = Pods(containers=[], options=options, priority="high")
    spec = _spec(pods)["template"]["spec"]
    assert spec["priorityClassName"] == "high"
    assert {key: spec[key] for key in options.manifest()} == options.manifest()


def test_a_pod_leaves_to_the_cluster_what_the_stack_does_not_choose():
    spec = _spec(Pods(containers=[]))["template"]["spec"]
    assert not {*MoverPods(priority_class="x").manifest(), "tolerations"} & spec.keys()


def test_one_pod_never_meets_its_successor_and_several_are_never_fewer():
    assert _spec(Pods(containers=[]))["strategy"] == plain(ONE)
    several = _spec(Pods(containers=[]), replicas=2, strategy=SEVERAL)
    assert several["replicas"] == 2
    assert several["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
