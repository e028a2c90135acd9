"""What the serializer writes means the same to the real engine."""

from manifests import kyverno as kinds
from manifests.cel import Cel, literal
from tests.integration.kyverno.api import eventually
from tests.integration.kyverno.conftest import is_ready
from tests.integration.kyverno.objects import ref

STRANGE = {
    "quotes": "\"double\" and 'single'",
    "backslash": "a\\b \\n \\\\",
    "control": "line\nfeed\ttab\r\x00\x1b\x7f",
    "letters": "Zürich, 東京, 𝄞, \u2028",
    "expression": "' + object.metadata.name + '",
    "template": "${x} {{ x }} %s dyn(",
    "long": "x" * 200,
}


def test_strange_text_comes_out_unchanged(kyverno, namespace):
    policy = kinds.mutating(
        "round-trip",
        title="t",
        description="d",
        match=kinds.match(
            ["configmaps"],
            ["CREATE"],
            labels=[{"key": "round-trip", "operator": "Exists"}],
            excluded=kyverno.params.excluded,
        ),
        variables={"data": literal({**STRANGE, "name": Cel("object.metadata.name")})},
        patches=['[JSONPatch{op: "add", path: "/data", value: variables.data}]'],
    )
    kyverno.api.apply(policy)
    eventually(lambda: is_ready(kyverno.api, policy))
    config_map = ref("v1", "ConfigMap", namespace, "x")
    config_map["metadata"]["labels"] = {"round-trip": ""}
    try:
        assert kyverno.api.create(config_map)["data"] == {**STRANGE, "name": "x"}
    finally:
        kyverno.api.delete(policy)
