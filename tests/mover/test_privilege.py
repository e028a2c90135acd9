from mover import privilege

STATUS = "Name:\tpython\nCapInh:\t0000000000000000\nCapEff:\t000000000000001b\n"


def test_the_kernels_bits_are_read() -> None:
    assert privilege.mask(privilege.WRITE) == 0x1B
    assert privilege.holds(privilege.WRITE, STATUS)
    assert privilege.holds(privilege.READ, STATUS)


def test_one_missing_capability_is_not_enough() -> None:
    assert not privilege.holds(privilege.WRITE, STATUS.replace("1b", "0b"))
    assert not privilege.holds(privilege.READ, STATUS.replace("1b", "00"))
    assert not privilege.holds(privilege.READ, "")
