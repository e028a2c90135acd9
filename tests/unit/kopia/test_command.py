import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from kopia import command
from kopia.command import Kopia
from kopia.failure import REASON_LIMIT, KopiaError

Make = Callable[..., Kopia]
PASSWORD = "correct horse battery staple"


def test_standard_output_is_returned_as_it_is(fake_kopia: Make) -> None:
    assert fake_kopia("print('ä', args[-2:])").run("snapshot", "list") == (
        "ä ['snapshot', 'list']\n"
    )


def test_progress_on_standard_error_is_no_failure(fake_kopia: Make) -> None:
    kopia = fake_kopia("print('Connected to repository.', file=sys.stderr); print('done')")
    assert kopia.run("x") == "done\n"


@pytest.mark.parametrize(
    "line",
    [
        '{"n":"snapshot","m":"unable to parse snapshot manifest 1: x"}',
        "ERROR unable to read",
        "panic: oh",
        "unable to parse snapshot manifest 1: x",
    ],
)
def test_exit_0_with_an_error_line_is_a_failure(fake_kopia: Make, line: str) -> None:
    with pytest.raises(KopiaError):
        fake_kopia(f"print({line!r}, file=sys.stderr); print('[]')").run("x")


def test_a_non_zero_exit_is_a_failure_even_with_a_whole_answer(fake_kopia: Make) -> None:
    with pytest.raises(KopiaError, match=r"^kopia failed \(exit code 3\)$"):
        fake_kopia("print('[]'); sys.exit(3)").run("x")


def test_a_killed_kopia_is_a_failure(fake_kopia: Make) -> None:
    with pytest.raises(KopiaError, match="killed by signal 9"):
        fake_kopia("print('[]', flush=True); os.kill(os.getpid(), 9)").run("x")


def test_output_that_is_not_text_is_a_failure(fake_kopia: Make) -> None:
    with pytest.raises(KopiaError, match="not text"):
        fake_kopia(r"os.write(1, b'\xff\xfe')").run("x")


def test_a_hanging_kopia_and_its_children_are_ended_at_the_deadline(
    fake_kopia: Make, tmp_path: Path
) -> None:
    kopia = fake_kopia(
        "import subprocess, time\n"
        f"child = subprocess.Popen(['sleep', '60'])\n"
        f"open({str(tmp_path / 'child')!r}, 'w').write(str(child.pid))\n"
        "time.sleep(60)",
        deadline=1.0,
    )
    began = time.monotonic()
    with pytest.raises(KopiaError, match="did not answer within 1 s") as caught:
        kopia.run("x")
    assert time.monotonic() - began < 5
    assert caught.value.process is None
    while _is_running(int((tmp_path / "child").read_text())):
        assert time.monotonic() - began < 5


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def test_a_call_can_bring_its_own_deadline(fake_kopia: Make) -> None:
    with pytest.raises(KopiaError, match=r"within 0\.2 s"):
        fake_kopia("import time; time.sleep(60)").run("x", deadline=0.2)


def test_the_password_is_in_the_environment_and_never_in_the_arguments(fake_kopia: Make) -> None:
    lines = fake_kopia("print(args); print(os.environ['KOPIA_PASSWORD'])").run("x").splitlines()
    assert PASSWORD not in lines[0]
    assert lines[1] == PASSWORD


def test_the_password_is_read_anew_on_each_call(fake_kopia: Make) -> None:
    kopia = fake_kopia("print(os.environ['KOPIA_PASSWORD'])")
    kopia.run("x")
    kopia.password_file.write_text("rotated")
    assert kopia.run("x") == "rotated\n"


@pytest.mark.parametrize("content", [None, b"", b" \n", b"a\0b", b"\xff"])
def test_without_a_password_nothing_is_started(
    fake_kopia: Make, tmp_path: Path, content: bytes | None
) -> None:
    kopia = fake_kopia(f"open({str(tmp_path / 'started')!r}, 'w')")
    kopia.password_file.unlink()
    if content is not None:
        kopia.password_file.write_bytes(content)
    with pytest.raises(KopiaError, match="password"):
        kopia.run("x")
    assert not (tmp_path / "started").exists()


def test_a_kopia_that_echoes_the_password_does_not_get_it_into_the_reason(
    fake_kopia: Make,
) -> None:
    echo = "print('bad', os.environ['KOPIA_PASSWORD'], file=sys.stderr); sys.exit(1)"
    with pytest.raises(KopiaError) as caught:
        fake_kopia(echo).run("x")
    assert PASSWORD not in caught.value.reason
    assert "bad ***" in caught.value.reason


def test_a_reason_is_one_short_printable_line(fake_kopia: Make) -> None:
    with pytest.raises(KopiaError) as caught:
        fake_kopia(r"print('x\x1b[31m' + 'y' * 9999, file=sys.stderr); sys.exit(1)").run("x")
    assert len(caught.value.reason) <= REASON_LIMIT
    assert caught.value.reason.isprintable()


def test_a_missing_kopia_is_a_failure_with_a_reason(fake_kopia: Make, tmp_path: Path) -> None:
    with pytest.raises(KopiaError, match="cannot be started"):
        replace(fake_kopia(), binary=str(tmp_path / "absent")).run("x")


def test_kopia_variables_of_the_pod_do_not_reach_kopia(
    fake_kopia: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KOPIA_REPOSITORY", "elsewhere")
    monkeypatch.setenv("TZ", "UTC")
    output = fake_kopia("print('KOPIA_REPOSITORY' in os.environ, os.environ['TZ'])").run("x")
    assert output == "False UTC\n"


def test_nothing_is_saved_or_asked_of_the_network(fake_kopia: Make) -> None:
    names = ("PERSIST_CREDENTIALS_ON_CONNECT", "USE_KEYRING", "CHECK_FOR_UPDATES")
    output = fake_kopia(f"print([os.environ['KOPIA_' + n] for n in {names!r}])").run("x")
    assert output == "['false', 'false', 'false']\n"


def test_kopia_has_no_input_to_wait_for(fake_kopia: Make) -> None:
    assert fake_kopia("print(repr(sys.stdin.read()))").run("x") == "''\n"


def test_an_escaped_child_that_holds_the_pipes_does_not_hold_us(
    fake_kopia: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "KILL_GRACE", 0.2)
    escape = "import subprocess, time\nsubprocess.Popen(['setsid', 'sleep', '4'])\ntime.sleep(60)"
    began = time.monotonic()
    with pytest.raises(KopiaError) as caught:
        fake_kopia(escape, deadline=0.5).run("x")
    assert time.monotonic() - began < 3
    assert caught.value.process is None


def test_a_kopia_that_does_not_die_is_handed_over(
    fake_kopia: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "KILL_GRACE", 0.1)
    kopia = fake_kopia("import time; time.sleep(60)", deadline=0.3)
    with monkeypatch.context() as undying:
        undying.setattr(os, "killpg", lambda group, sign: None)
        with pytest.raises(KopiaError) as caught:
            kopia.run("x")
    process = caught.value.process
    assert process is not None
    assert process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_an_interruption_ends_kopia_too(fake_kopia: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen.communicate

    def interrupted(process: subprocess.Popen[bytes], timeout: float) -> tuple[bytes, bytes]:
        if not started:
            started.append(process)
            raise KeyboardInterrupt
        return real(process, timeout=timeout)

    monkeypatch.setattr(subprocess.Popen, "communicate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fake_kopia("import time; time.sleep(60)").run("x")
    assert started[0].returncode == -signal.SIGKILL
