import json

import pytest

from lab import tools
from lab.__main__ import PASSING_ON, parse, run
from lab.node import packages


@pytest.mark.parametrize("command", sorted(PASSING_ON))
def test_words_are_passed_on_untouched(command):
    assert parse([command, "-n", "x", "--", "y"]).words == ["-n", "x", "--", "y"]
    assert parse([command, "--", "-y"]).words == ["-y"]
    assert parse([command]).words == []


@pytest.mark.parametrize("command", ["up", "down", "status", "logs", "kubectl", "pulumi", "images"])
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as ended:
        parse([command, "--help"])
    assert ended.value.code == 0
    assert command in capsys.readouterr().out


def test_an_unknown_command_is_refused(capsys):
    with pytest.raises(SystemExit) as ended:
        parse(["destroy"])
    assert ended.value.code == 2
    assert "destroy" in capsys.readouterr().err


def test_the_last_line_of_tools_tells_how_long_each_took(monkeypatch, capsys):
    monkeypatch.setattr(packages, "install", lambda: "all there")
    monkeypatch.setattr(tools, "build", lambda: {"etcd": 12.5})
    monkeypatch.setattr(tools, "ensure", lambda: {"etcd": "/bin/etcd", "kopia": "/bin/kopia"})
    assert run(parse(["tools"])) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["cold_s"] == {"etcd": 12.5}
    assert result["cold_total_s"] >= 0
