from pathlib import Path

from bench.drill.export import size


def test_the_size_of_an_export_is_that_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "p" / "q").mkdir(parents=True)
    (tmp_path / "p" / "pack").write_bytes(b"12345")
    (tmp_path / "format").write_bytes(b"1")
    assert size(tmp_path) == (2, 6)
