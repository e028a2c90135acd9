import threading

from lab.application import KubectlError
from lab.program import PACK, STACK, UP, lab


def test_a_second_up_changes_nothing(deployed):
    lab("pulumi", "preview", "--expect-no-changes", *STACK, *PACK)


def test_destroy_never_blocks_a_pvc_and_up_brings_everything_back(app):
    denied: list[str] = []
    ended = threading.Event()

    def keep_creating() -> None:
        number = 0
        while not ended.wait(4):  # each labelled one is backed up later
            number += 1
            for backup in (None, "hourly"):
                try:
                    app.apply_pvc(f"pvc-{number}-{backup or 'plain'}".lower(), backup=backup)
                except KubectlError as error:
                    denied.append(str(error))

    creator = threading.Thread(target=keep_creating)
    creator.start()
    try:
        lab("pulumi", "destroy", "--yes", "--skip-preview", *STACK)
    finally:
        ended.set()
        creator.join()
        lab("pulumi", *UP)
    assert denied == []
    app.apply_pvc("after", backup="hourly")
    app.wait_backup("after")
