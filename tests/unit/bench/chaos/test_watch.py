from bench.chaos.watch import Watch
from lab.application import Application

APP = Application("chaos")
LINE = "data-backup|1|a|2026-03-01T12:00:00Z|3"


def test_a_backup_is_as_old_as_when_it_was_first_told() -> None:
    watch = Watch()
    watch.note(LINE, 10.0)
    watch.note(LINE + "\n", 99.0)
    (backup,) = watch.backups(APP, "data")
    assert (backup.snapshot, backup.reported, backup.counter) == ("a", 10.0, 1)


def test_each_pvc_has_its_own() -> None:
    watch = Watch()
    watch.note(LINE, 10.0)
    watch.note("other-backup||||", 11.0)
    assert watch.backups(APP, "other") == []
    assert len(watch.backups(APP, "data")) == 1
