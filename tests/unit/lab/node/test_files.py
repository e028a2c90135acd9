from lab.node import files


def test_an_unchanged_file_is_not_touched(tmp_path):
    path = tmp_path / "new" / "file"
    assert files.write(path, "text")
    before = path.stat().st_ino
    assert not files.write(path, "text")
    assert path.stat().st_ino == before


def test_a_secret_file_is_never_readable_for_others(tmp_path):
    path = tmp_path / "file"
    files.write(path, "text", 0o600)
    files.write(path, "other", 0o600)
    assert path.stat().st_mode & 0o777 == 0o600
