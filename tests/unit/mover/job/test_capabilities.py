from mover.job import capabilities

STATUS = "Name:\tpython\nCapInh:\t0000000000000000\nCapEff:\t000000000000001b\n"


def test_the_kernels_bits_are_read() -> None:
    assert capabilities.mask(capabilities.WRITE) == 0x1B
    assert capabilities.holds(capabilities.WRITE, STATUS)
    assert capabilities.holds(capabilities.READ, STATUS)


def test_one_missing_capability_is_not_enough() -> None:
    assert not capabilities.holds(capabilities.WRITE, STATUS.replace("1b", "0b"))
    assert not capabilities.holds(capabilities.READ, STATUS.replace("1b", "00"))
    assert not capabilities.holds(capabilities.READ, "")
