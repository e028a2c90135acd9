"""Damages a repository on disk, and the kopia that reads it."""

import os
import shutil
import signal
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from types import FunctionType
from typing import Any

from contract.names import Identity
from fakes.forgery import forge, text_of
from kopia.command import Kopia
from kopia.format_blob import FORMAT_BLOB
from kopia.snapshots import whole_list

UNREADABLE = 0  # file mode


@dataclass(kw_only=True)
class Scene:
    """The repository that is damaged, two healthy ones, and the files that a pod gets."""

    random: Random
    path: Path
    healthy: Path
    other: Path
    pin_file: Path
    password_file: Path
    writer: Kopia  # connected to the repository
    forger: Path  # the program that writes manifests which kopia never would
    kill: signal.Signals | None = None  # what hits each kopia while it works
    is_silent: bool = False  # part of the index is gone, which kopia does not tell


def _file(scene: Scene, *kinds: str) -> Path:
    """A file of the index (x), of metadata (q), of data (p), or one that kopia keeps at the top."""
    kind = scene.random.choice(kinds)
    files = sorted(path for path in scene.path.rglob("*") if path.is_file())
    fitting = [path for path in files if path.relative_to(scene.path).parts[0].startswith(kind)]
    return scene.random.choice(fitting)


def cut_file(scene: Scene) -> None:
    path = _file(scene, "x", "q", "p", "kopia")
    os.truncate(path, scene.random.randrange(path.stat().st_size))


def emptied_file(scene: Scene) -> None:
    os.truncate(_file(scene, "x", "q", "p", "kopia"), 0)


def lost_file(scene: Scene) -> None:
    path = _file(scene, "x", "x", "q", "p", "kopia")
    scene.is_silent |= path.relative_to(scene.path).parts[0] == "x"
    path.unlink()


def flipped_byte(scene: Scene) -> None:
    path = _file(scene, "x", "q", "p", "kopia")
    content = bytearray(path.read_bytes())
    content[scene.random.randrange(len(content))] ^= 1 << scene.random.randrange(8)
    path.write_bytes(content)


def lost_folder(scene: Scene) -> None:
    shutil.rmtree(_file(scene, "x", "q", "p").parent.parent)


def unreadable_file(scene: Scene) -> None:
    _file(scene, "x", "q", "kopia").chmod(UNREADABLE)


def unreadable_folder(scene: Scene) -> None:
    scene.random.choice((scene.path, _file(scene, "x", "q").parent)).chmod(UNREADABLE)


def emptied_export(scene: Scene) -> None:
    shutil.rmtree(scene.path)
    scene.path.mkdir()


def unmounted_export(scene: Scene) -> None:
    shutil.rmtree(scene.path)


def swapped_export(scene: Scene) -> None:
    shutil.rmtree(scene.path)
    shutil.copytree(scene.other, scene.path)


def swapped_index(scene: Scene) -> None:
    """Half of another repository under the right one's name."""
    shutil.rmtree(scene.path / "x")
    shutil.copytree(scene.other / "x", scene.path / "x")


def swapped_all_but_the_name(scene: Scene) -> None:
    name = (scene.path / FORMAT_BLOB).read_bytes()
    swapped_export(scene)
    (scene.path / FORMAT_BLOB).write_bytes(name)


def older_copy(scene: Scene) -> None:
    shutil.rmtree(scene.path)
    shutil.copytree(scene.healthy, scene.path)
    scene.is_silent = True


def other_password(scene: Scene) -> None:
    scene.password_file.write_text("another one")


def no_password(scene: Scene) -> None:
    scene.password_file.unlink()


def no_pin(scene: Scene) -> None:
    scene.pin_file.unlink()


def killed_kopia(scene: Scene) -> None:
    scene.kill = signal.SIGKILL


def stopped_kopia(scene: Scene) -> None:
    scene.kill = signal.SIGSTOP


def negative_manifest(scene: Scene) -> None:
    identity, text = _victim(scene)
    text["rootEntry"]["summ"]["files"] = -1
    forge(scene.forger, scene.writer, identity, text)


def unreadable_manifest(scene: Scene) -> None:
    identity, text = _victim(scene)
    forge(scene.forger, scene.writer, identity, {**text, "source": "somebody"})


def forged_manifest(scene: Scene) -> None:
    """Its text says that it is the newest of a PVC, its labels that it is another's."""
    identity, text = _victim(scene)
    later = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text |= {"startTime": later, "endTime": later}
    forge(scene.forger, scene.writer, replace(identity, host="attacker"), text)


def nobodys_manifest(scene: Scene) -> None:
    forge(scene.forger, scene.writer, None, "what")


def _victim(scene: Scene) -> tuple[Identity, dict[str, Any]]:
    snapshot = scene.random.choice(whole_list(scene.writer).snapshots)
    return snapshot.identity, text_of(scene.writer, snapshot.id)


DAMAGES: tuple[FunctionType, ...] = (
    *(cut_file, emptied_file, lost_file, lost_file, flipped_byte, lost_folder),
    *(unreadable_file, unreadable_folder, emptied_export, unmounted_export, swapped_export),
    *(swapped_index, swapped_all_but_the_name, older_copy, other_password, no_password, no_pin),
    *(killed_kopia, stopped_kopia),
    *(negative_manifest, unreadable_manifest, forged_manifest, nobodys_manifest),
)
