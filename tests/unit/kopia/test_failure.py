import json
from collections.abc import Callable

import pytest

from kopia import failure
from kopia.command import Kopia
from kopia.failure import FullError, KopiaError, RepositoryError

Make = Callable[..., Kopia]


@pytest.mark.parametrize(
    ("stderr", "reason"),
    [
        (
            '{"n":"kopia/cli","m":"open repository: invalid repository password"}',
            "wrong repository password",
        ),
        ("panic: Unsupported type: <int Value>\n\ngoroutine 1:", "kopia crashed"),
        ('{"m":"something new"}', "kopia failed (exit code 1): something new"),
    ],
)
def test_known_failures_have_plain_words(fake_kopia: Make, stderr: str, reason: str) -> None:
    with pytest.raises(KopiaError) as caught:
        fake_kopia(f"print({stderr!r}, file=sys.stderr); sys.exit(1)").run("x")
    assert caught.value.reason == reason


# What kopia 0.23.1 says, but for its paths.
REPOSITORY_FULL = (
    "flush error: error writing pack file: unable to complete PutBlobInPath:/r/p/e.f despite "
    "2 retries: can't write temporary file: write /r/p/e.f.tmp.7: no space left on device"
)
REPOSITORY_CLOSED = (
    "unable to load index: unable to complete ReadDir:/r/x despite 10 retries: open /r/x: "
    "permission denied"
)
TARGET_FULL = (
    'error restoring: cannot write data to file "/t/b": write /t/b: no space left on device'
)


@pytest.mark.parametrize(
    ("stderr", "kind", "reason"),
    [
        (REPOSITORY_FULL, RepositoryError, "the repository's volume is full"),
        (REPOSITORY_CLOSED, RepositoryError, "the repository's storage fails: permission denied"),
        (TARGET_FULL, FullError, "no space left on device"),
        ("cannot access storage path: stat /r", RepositoryError, "path cannot be read"),
        ("open repository: repository not initialized", RepositoryError, "no repository"),
        ("something new", KopiaError, "something new"),
    ],
)
def test_a_failure_says_whether_the_repository_is_its_cause(
    fake_kopia: Make, stderr: str, kind: type[KopiaError], reason: str
) -> None:
    line = json.dumps({"n": "kopia/cli", "m": stderr})
    with pytest.raises(KopiaError) as caught:
        fake_kopia(f"print({line!r}, file=sys.stderr); sys.exit(1)").run("x")
    assert type(caught.value) is kind
    assert reason in caught.value.reason


def test_the_name_of_a_file_does_not_make_the_repository_the_cause(fake_kopia: Make) -> None:
    about = 'Error when processing "invalid repository password": permission denied'
    last = '{"m":"Found 1 fatal error(s)"}'
    with pytest.raises(KopiaError, match="Found 1 fatal") as caught:
        fake_kopia(f"print({about!r}, {last!r}, sep='\\n', file=sys.stderr); sys.exit(1)").run("x")
    assert type(caught.value) is KopiaError


def test_files_that_kopia_was_told_to_leave_out_are_no_failure(fake_kopia: Make) -> None:
    about = 'Ignored error when processing "a": permission denied'
    assert fake_kopia(f"print({about!r}, file=sys.stderr); print('done')").run("x") == "done\n"


MANY = (
    "Found too many index blobs (1008), this may result in degraded performance.\n\nPlease ensure"
    " periodic repository maintenance is enabled or run 'kopia maintenance'."
)


def test_a_repository_of_many_index_files_is_slow_and_not_broken(fake_kopia: Make) -> None:
    """Kopia calls it an error and works on: some hundred backups since the last maintenance."""
    line = json.dumps({"n": "kopia/content", "m": MANY})
    assert failure.error_of(0, line, "secret") is None
    assert failure.error_of(1, line, "secret")


@pytest.mark.parametrize("stderr", [f"cannot read: {MANY}", "unable to parse manifest", MANY[6:]])
def test_no_other_words_of_an_error_are_passed_over(stderr: str) -> None:
    assert failure.error_of(0, json.dumps({"m": stderr}), "secret")
    lines = "\n".join(json.dumps({"m": words}) for words in (MANY, stderr))
    assert failure.error_of(0, lines, "secret")


def test_a_password_that_is_one_of_our_own_words_does_not_garble_them() -> None:
    stderr = '{"m":"open repository: invalid repository password"}'
    assert str(failure.error_of(1, stderr, "wrong")) == "wrong repository password"
    closed = json.dumps({"m": "unable to complete X despite 9 retries: open wrong: permission"})
    assert str(failure.error_of(1, closed, "permission")).endswith("fails: ***")
