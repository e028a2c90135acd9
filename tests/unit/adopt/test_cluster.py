import json
from pathlib import Path

import pytest

from adopt.cluster import ClusterError, Kubectl, read, read_pvcs
from tests.unit.adopt.api import answers, fake_kubectl
from tests.unit.adopt.origin import obj, origin, pvc


def kubectl(folder: Path, answers_by_path, context: str = "") -> Kubectl:
    return Kubectl(binary=str(fake_kubectl(folder, answers_by_path)), context=context)


def from_memory(answers_by_path):
    """An API server without a process for each call."""

    def get(path: str):
        if path not in answers_by_path:
            raise ClusterError(f"{path}: Forbidden")
        return answers_by_path[path]

    return get


def test_everything_is_read_in_whatever_version_it_is_served():
    cluster = read(from_memory(answers(origin(), pinned="abc")))
    assert cluster.objects == origin()
    assert cluster.pinned == "abc"
    assert cluster.is_whole


def test_every_call_is_a_get(tmp_path):
    read(kubectl(tmp_path, answers(origin()), context="prod").get)
    calls = [line.split(" ") for line in (tmp_path / "calls").read_text().splitlines()]
    assert calls
    assert {tuple(call[:-1]) for call in calls} == {("--context=prod", "get", "--raw")}


def test_a_kind_that_is_not_served_has_no_objects():
    bare = {name: origin()[name] for name in ("persistentvolumeclaims", "namespaces")}
    cluster = read(from_memory(answers(bare)))
    assert {name: items for name, items in cluster.objects.items() if items} == bare
    assert cluster.pinned == ""


def requests(answers_by_path) -> list[str]:
    paths: list[str] = []

    def get(path: str):
        paths.append(path)
        return answers_by_path[path]

    read(get)
    return paths


@pytest.mark.parametrize("path", requests(answers(origin())))
def test_whatever_cannot_be_read_is_an_error_and_never_an_empty_list(path):
    answers_by_path = answers(origin())
    del answers_by_path[path]
    with pytest.raises(ClusterError, match="Forbidden"):
        read(from_memory(answers_by_path))


@pytest.mark.parametrize("answer", ["", [], None, {}, {"items": {}}, {"items": [1]}])
def test_an_answer_that_is_no_list_is_an_error(answer):
    answers_by_path = answers(origin()) | {"/api/v1/persistentvolumeclaims": answer}
    with pytest.raises(ClusterError, match="no list"):
        read(from_memory(answers_by_path))


def test_what_kubectl_refuses_or_says_in_other_words_is_an_error(tmp_path):
    asking = kubectl(tmp_path, {"/half": '{"items": ['})
    with pytest.raises(ClusterError, match=r"/none: .*Forbidden"):
        asking.get("/none")
    with pytest.raises(ClusterError, match="no JSON"):
        asking.get("/half")


def test_a_kubectl_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(ClusterError, match="cannot be started"):
        Kubectl(binary=str(tmp_path / "kubectl")).get("/apis")


def test_a_file_of_pvcs_is_read_and_nothing_else_is_claimed(tmp_path):
    file = tmp_path / "pvcs.json"
    file.write_text(json.dumps({"kind": "List", "items": [pvc("data")]}))
    cluster = read_pvcs(file)
    assert cluster.objects == {"persistentvolumeclaims": [pvc("data")]}
    assert not cluster.is_whole


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", json.dumps({"items": [obj("data", kind="Pod")]}), None]
)
def test_a_file_of_anything_else_is_an_error(tmp_path, content):
    file = tmp_path / "pvcs.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ClusterError):
        read_pvcs(file)
