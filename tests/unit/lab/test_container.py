from typing import Any

from lab.clock import container

CHANGE: dict[str, Any] = {
    "image": "registry.local/ours:1",
    "environment": {"FAKETIME": "+60", "PYTHONPATH": "/run/under-faketime"},
    "mounts": {"/usr/local/bin/kopia": "/tools/kopia-faketime"},
}


def config(image: str, *variables: str) -> dict[str, Any]:
    return {
        "annotations": {container.IMAGE: image},
        "process": {"args": ["run"], "env": list(variables)},
        "mounts": [{"destination": "/proc"}],
    }


def test_a_container_of_the_image_gets_variables_and_mounts_and_keeps_its_own() -> None:
    before = config(CHANGE["image"], "A=b=c", "FAKETIME=0", "PYTHONPATH=/app")
    after = container.changed(before, CHANGE)
    paths = "PYTHONPATH=/run/under-faketime:/app"
    assert set(after["process"]["env"]) == {"A=b=c", "FAKETIME=+60", paths}
    assert after["process"]["args"] == ["run"]
    assert [mount["destination"] for mount in after["mounts"]] == ["/proc", *CHANGE["mounts"]]


def test_a_container_of_another_image_and_a_sandbox_are_left_alone() -> None:
    for other in (
        config("registry.local/kyverno:1", "A=b"),
        {"process": {"env": []}, "mounts": []},
    ):
        assert container.changed(other, CHANGE) == other


def test_only_what_is_created_is_changed(tmp_path) -> None:
    for words in (["start", "id"], ["create", "id"], ["kill", "--bundle", str(tmp_path / "gone")]):
        container.main(tmp_path / "gone", words)
