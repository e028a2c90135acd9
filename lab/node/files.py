"""Writing files only where they change: kube-proxy leaves when its configuration is touched."""

from pathlib import Path


def write(path: Path, text: str, mode: int = 0o644) -> bool:
    """Writes the text unless the file holds it already; says whether it wrote."""
    if path.exists() and path.read_text() == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.touch(mode=mode)
    draft.write_text(text)
    draft.rename(path)
    return True
