from adopt.step import TITLES, Step


def test_every_step_has_words():
    assert set(TITLES) == set(Step)


def test_the_old_gate_stands_until_the_new_one_is_deployed_and_nothing_cleans_up_by_then():
    assert Step.CLEANUP < Step.DEPLOY < Step.GATE < Step.OBJECTS


def test_nobody_writes_while_snapshots_are_renamed():
    assert max(Step.MAINTENANCE, Step.FORK) < Step.RENAME < Step.DEPLOY
