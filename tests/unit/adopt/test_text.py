from adopt.cluster import Cluster
from adopt.matching import Fate, State
from adopt.step import TITLES, Step
from adopt.text import FATE_TEXT, STATE_TEXT, text
from tests.unit.adopt.origin import adopted, origin
from tests.unit.adopt.scene import report_on

NAMES = ("data@media", "data-backup@media:/x", "gone-backup@media", "me@laptop:/\x1b[2J")


def test_every_state_and_fate_has_words():
    assert set(STATE_TEXT) == set(State)
    assert set(FATE_TEXT) == set(Fate) - {Fate.RECOGNISED}


def test_every_source_pvc_object_and_line_is_in_the_text():
    report = report_on(*NAMES, cluster=Cluster(objects=origin()), owner="root@pod")
    output = text(report, "kopia")
    assert all(str(item) in output for item in report.match.fates if str(item).isprintable())
    assert all(f"{item.claim}" in output for item in report.listed)
    assert all(item.todo in output and item.back in output for item in report.conflicts)
    assert all(item.command in output for item in report.settings)
    assert "maintenance belongs to root@pod" in output


def test_a_name_from_the_repository_cannot_speak_to_the_terminal():
    output = text(report_on(*NAMES, cluster=Cluster(objects=origin())), "kopia")
    assert "\x1b" not in output
    assert "me@laptop" in output


def test_files_that_the_stacks_pods_could_not_read_are_told():
    assert "files belong to uid 568" in text(report_on(*NAMES, cluster=None, uid=568), "kopia")
    assert "belong to uid" not in text(report_on(*NAMES, cluster=None), "kopia")


def test_the_steps_come_in_their_order_and_only_where_there_is_something():
    output = text(report_on("data@media", cluster=Cluster(objects=origin())), "kopia")
    places = [output.index(f"{step}. {TITLES[step]}") for step in Step]
    assert places == sorted(places)
    done = text(report_on("data-backup@media", cluster=Cluster(objects=adopted())), "kopia")
    assert [step for step in Step if TITLES[step] in done] == [Step.DEPLOY]
    assert "Nothing is left" in done
    assert "Nothing is left" not in output


def test_what_was_not_looked_at_is_said():
    assert "not looked at" in text(report_on(*NAMES, cluster=None), "kopia")
    objects = {"persistentvolumeclaims": origin()["persistentvolumeclaims"]}
    assert "Only PVCs" in text(
        report_on(*NAMES, cluster=Cluster(objects=objects, is_whole=False)), "kopia"
    )


def test_a_source_that_a_pvc_would_be_restored_from_when_it_is_created_says_so():
    output = text(report_on("gone-backup@media", cluster=Cluster(objects=origin())), "kopia")
    assert "media/gone would be restored from it" in output
