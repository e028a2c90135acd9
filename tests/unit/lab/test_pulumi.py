import os

import pytest

from lab import paths, pulumi
from lab.errors import LabError


@pytest.mark.parametrize("command", sorted(pulumi.TAKES_CONFIG))
def test_a_command_that_reads_the_config_gets_the_lab_s_own(command):
    words = pulumi.arguments([command, "--yes"])
    assert words == [command, "--config-file", str(pulumi.CONFIG), "--yes"]


def test_a_config_file_of_the_user_s_choice_wins():
    assert pulumi.arguments(["up", "--config-file", "mine"]) == ["up", "--config-file", "mine"]


def test_other_commands_are_passed_on_untouched():
    assert pulumi.arguments(["stack", "output"]) == ["stack", "output"]
    assert pulumi.arguments([]) == []


def test_nothing_of_the_user_s_own_pulumi_is_seen(monkeypatch, tmp_path):
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "theirs")
    monkeypatch.setenv("KUBECONFIG", "theirs")
    environment = pulumi.environment(tmp_path)
    assert "PULUMI_ACCESS_TOKEN" not in environment
    assert environment["KUBECONFIG"] == str(paths.KUBECONFIG)
    assert environment["PULUMI_BACKEND_URL"].startswith("file://")
    assert environment["PATH"].split(os.pathsep)[0] == str(tmp_path)


def test_the_plugin_s_version_is_the_sdk_s():
    assert pulumi.pinned("pulumi_random", "a==1\npulumi-random==4.2.1\n") == "4.2.1"


def test_an_sdk_without_a_pin_is_an_error():
    with pytest.raises(LabError, match="pulumi_random"):
        pulumi.pinned("pulumi_random", "pulumi==1\n")
