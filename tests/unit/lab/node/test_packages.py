from lab.node import packages
from lab.node.packages import absent


def test_what_dpkg_knows_as_installed_is_not_absent():
    assert absent("runc installed\ngcc installed\n", ["runc", "gcc"]) == []


def test_what_is_unknown_or_only_configured_is_absent():
    assert absent("runc config-files\n", ["runc", "gcc"]) == ["runc", "gcc"]


def test_services_are_held_back_only_while_packages_are_installed(tmp_path, monkeypatch):
    policy = tmp_path / "policy-rc.d"
    monkeypatch.setattr(packages, "POLICY", policy)
    with packages._no_services():
        assert policy.stat().st_mode & 0o111
    assert not policy.exists()


def test_a_policy_of_the_machine_s_own_is_left_alone(tmp_path, monkeypatch):
    policy = tmp_path / "policy-rc.d"
    policy.write_text("theirs")
    monkeypatch.setattr(packages, "POLICY", policy)
    with packages._no_services():
        assert policy.read_text() == "theirs"
    assert policy.read_text() == "theirs"
