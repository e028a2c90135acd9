import pytest

from lab.cluster import charts
from lab.errors import LabError

CHART = {
    "name": "kyverno",
    "dependencies": [
        {"name": "crds", "version": "1"},
        {"name": "kyverno-api", "version": "2", "repository": "somewhere", "condition": "c"},
        {"name": "openreports", "version": "3", "repository": "elsewhere"},
    ],
}


def test_only_what_lies_beside_the_chart_stays_a_dependency():
    dependencies = charts.local_dependencies(CHART)["dependencies"]
    assert [dependency["name"] for dependency in dependencies] == ["crds", "kyverno-api"]
    assert all("repository" not in dependency for dependency in dependencies)


def test_a_condition_survives():
    assert charts.local_dependencies(CHART)["dependencies"][1]["condition"] == "c"


def test_the_chart_itself_is_left_as_it_is():
    charts.local_dependencies(CHART)
    assert len(CHART["dependencies"]) == 3


def test_values_can_add_annotations_to_an_object():
    template = charts.with_annotations("metadata:\n  annotations:\n    a: b\n  name: n\n", "x.y")
    assert template == (
        "metadata:\n  annotations:\n"
        "    {{- with .Values.x.y }}{{ toYaml . | nindent 4 }}{{- end }}\n"
        "    a: b\n  name: n\n"
    )


@pytest.mark.parametrize("text", ["metadata:\n  name: n\n", "  annotations:\n    a: '{{ b }}'\n"])
def test_an_object_that_cannot_be_a_template_is_refused(text):
    with pytest.raises(LabError):
        charts.with_annotations(text, "x")
