import json

import pytest

from bench import report


def test_a_report_names_the_machine_and_ends_with_one_json_object(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report.machine(kopia="0.23.1")
    report.last({"starved": 0})
    first, second, last = capsys.readouterr().out.splitlines()
    assert "cores" in first
    assert "kopia 0.23.1" in second
    assert json.loads(last) == {"starved": 0}
