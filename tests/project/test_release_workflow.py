"""The release: one image, built twice, started, described, and only then named by its tag."""

import tomllib

import pytest

from tests.project.runner import ROOT
from tests.project.test_workflow_steps import Actions
from tests.project.test_workflows import JOBS

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
IMAGE = "ghcr.io/some-team/pvc-backup"
ONE, OTHER = "sha256:1", "sha256:2"
PLATFORM = '{{"digest":"{}","platform":{{"os":"{}","architecture":"{}"}}}}'
STEPS = JOBS["release-image"]["steps"]
FIRST, SECOND = (step for step in STEPS if "build-push" in step.get("uses", ""))


def test_the_image_is_for_two_platforms_with_where_it_came_from_and_what_is_in_it():
    inputs = FIRST["with"]
    assert inputs["platforms"].split(",") == ["linux/amd64", "linux/arm64"]
    assert inputs["provenance"] == "mode=max"
    assert inputs["sbom"] is True
    assert (inputs["context"], inputs["file"]) == (".", "plumber/Dockerfile")


def test_the_image_has_no_name_before_it_is_known_to_be_good():
    outputs = dict(word.split("=", 1) for word in FIRST["with"]["outputs"].split(","))
    assert outputs["push-by-digest"] == outputs["push"] == outputs["rewrite-timestamp"] == "true"
    assert outputs["name"] == "${{ env.IMAGE }}"


def test_it_is_built_twice_from_the_same_with_nothing_kept_from_the_first_time():
    assert SECOND["with"] == FIRST["with"] | {"no-cache": True}


def test_the_time_of_the_commit_is_known_before_anything_is_built():
    names = [step.get("name", step.get("id")) for step in STEPS]
    order = ["its name, and the time of the commit", "built", "each program starts", "again"]
    order += ["built again it is the same", "release"]
    assert [name for name in names if name in order] == order


@pytest.fixture
def actions(tmp_path):
    return Actions(tmp_path)


@pytest.fixture
def release(actions):
    """A tag of a version that the changelog knows, of an owner with capitals."""
    changelog = actions.checkout / "CHANGELOG.md"
    changelog.unlink()
    changelog.write_text(f"## {VERSION}\n\n- what is new\n")
    actions.environ |= {"GITHUB_REF_NAME": f"v{VERSION}", "GITHUB_REPOSITORY_OWNER": "Some-Team"}
    actions.environ |= {"DIGEST": ONE, "AGAIN": OTHER}
    actions.fake("git", "echo 1700000000")
    assert actions.step("release-image", "its name, and the time of the commit").returncode == 0
    actions.log.write_text("")
    return actions


def test_a_tag_of_another_version_is_not_released(release):
    name = "a version that the project stands behind"
    assert release.step("release-image", name).returncode == 0
    assert release.step("release-image", name, GITHUB_REF_NAME="v99.0.0").returncode == 1


def test_the_image_has_a_name_that_a_registry_takes_and_the_time_of_its_commit(release):
    variables = (release.folder / "variables").read_text().splitlines()
    assert variables == [f"IMAGE={IMAGE}", "SOURCE_DATE_EPOCH=1700000000"]


def test_what_is_released_is_what_was_started_on_both_platforms(release):
    release.fake("docker", f'echo "$DOCKER_DEFAULT_PLATFORM" >> {release.folder}/on; echo 1000')
    assert release.step("release-image", "each program starts").returncode == 0
    assert all(call[:2] == ["docker", "run"] for call in release.calls)
    assert all(f"{IMAGE}@{ONE}" in call for call in release.calls)
    assert set((release.folder / "on").read_text().split()) == set(
        FIRST["with"]["platforms"].split(",")
    )


def _index(kopia, attestation):
    """What a registry holds: an image a platform, and what tells of them, which has times in it."""
    images = [(kopia, "linux", "amd64"), ("sha256:a", "linux", "arm64")]
    entries = [PLATFORM.format(*image) for image in [*images, (attestation, "unknown", "unknown")]]
    return f"""echo '{{"manifests":[{",".join(entries)}]}}'"""


@pytest.mark.parametrize(
    ("second", "code"), [(_index("sha256:k", "sha256:u"), 0), (_index("sha256:l", "sha256:u"), 1)]
)
def test_an_image_that_is_another_when_built_again_is_not_released(release, second, code):
    first = _index("sha256:k", "sha256:t")
    release.fake("docker", f'case "$*" in *{ONE}*) {first};; *) {second};; esac')
    assert release.step("release-image", "built again it is the same").returncode == code


def test_images_that_cannot_be_read_are_not_the_same(release):
    release.fake("docker", "exit 1")
    assert release.step("release-image", "built again it is the same").returncode != 0


def test_a_release_names_its_image_by_digest_and_holds_the_list_of_its_parts(release):
    release.fake("docker", """case "$*" in *SBOM*) echo '{"SPDX": {}}';; esac""")
    release.fake("gh")
    done = release.step("release-image", "release")
    assert done.returncode == 0, done.stderr
    _, tagged, created = release.calls
    tool = "docker buildx imagetools create --tag"
    assert tagged == [*tool.split(), f"{IMAGE}:v{VERSION}", f"{IMAGE}@{ONE}"]
    words = ["--notes-file", "notes.md", "sbom.json"]
    assert created == ["gh", "release", "create", f"v{VERSION}", *words]
    notes = (release.checkout / "notes.md").read_text()
    assert f"pulumi config set image {IMAGE}:v{VERSION}@{ONE}" in notes
    assert "- what is new" in notes
    assert (release.checkout / "sbom.json").read_text() == '{"SPDX": {}}\n'


def test_nothing_is_released_of_which_the_parts_are_not_known(release):
    release.fake("docker", 'case "$*" in *SBOM*) exit 1;; esac')
    release.fake("gh")
    assert release.step("release-image", "release").returncode != 0
    assert "gh" not in [call[0] for call in release.calls]
