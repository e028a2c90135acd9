import threading

from lab.application import KubectlError
from lab.program import PACK, STACK, UP, lab


def test_a_second_up_changes_nothing(deployed):
    lab("pulumi", "preview", "--expect-no-changes", *STACK, *PACK)


def test_destroy_leaves_nothing_that_blocks_a_pvc_and_up_brings_everything_back(app):
    denied: dict[str | None, list[str]] = {None: [], "hourly": []}
    ended = threading.Event()

    def keep_creating() -> None:
        number = 0
        while not ended.wait(4):  # each labelled one is backed up later
            number += 1
            for backup in denied:
                try:
                    app.apply_pvc(f"pvc-{number}-{backup or 'plain'}".lower(), backup=backup)
                except KubectlError as error:
                    denied[backup].append(str(error))

    creator = threading.Thread(target=keep_creating)
    creator.start()
    try:
        lab("pulumi", "destroy", "--yes", "--skip-preview", *STACK)
        for number in range(3):
            app.apply_pvc(f"destroyed-{number}", backup="hourly")
    finally:
        ended.set()
        creator.join()
        lab("pulumi", *UP)
    assert denied[None] == []
    # As long as the first wave of `destroy` lasts, a guard may outlive what it guards.
    assert all("Kyverno does not judge this" in denial for denial in denied["hourly"])
    app.apply_pvc("after", backup="hourly")
    app.wait_backup("after")
