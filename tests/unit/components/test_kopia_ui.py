from dataclasses import replace

from components.exposure import Exposure, Page
from components.kopia_ui import KopiaUi, KopiaUiArgs, connect, server
from contract.repository import KEY_PASSWORD, SYSTEM_SECRET
from tests.unit.components.fixtures import EXPORT, HIDDEN_PAGE, IMAGE, built, plain
from tests.unit.stack.recording import HIDDEN

ARGS = KopiaUiArgs(
    makes_secret=True,
    image=IMAGE,
    export=EXPORT,
    host="kopia-ui.test",
    page=HIDDEN_PAGE,
)
DEPLOYMENT = "kopia-ui-deployment"


def _made(args=ARGS):
    return built(lambda opts: KopiaUi("kopia-ui", args, opts))


def test_connection_and_mount_are_both_read_only():
    assert "--readonly" in plain(connect(IMAGE))["command"]
    pod = _made().pods()[DEPLOYMENT]
    nfs = next(volume["nfs"] for volume in pod["volumes"] if "nfs" in volume)
    assert nfs["readOnly"] is True


def test_nobody_gets_in_without_the_generated_password():
    command = plain(server(IMAGE))["command"]
    assert "--without-password" not in command
    made = _made()
    assert made.one("kopia-ui-password").inputs["length"] >= 24
    assert made.one("kopia-ui-secret").inputs["stringData"] == HIDDEN
    assert "made-up-password" not in str(made)


def test_no_password_is_ever_an_argument():
    made = _made()
    for container in (*made.pods()[DEPLOYMENT]["initContainers"], plain(server(IMAGE))):
        assert not [word for word in container["command"] if "password" in word]


def test_passwords_come_by_reference():
    references = {
        item["name"]: item["value_from"]["secret_key_ref"]["name"]
        for item in plain(server(IMAGE))["env"]
        if "value_from" in item
    }
    assert references == {KEY_PASSWORD: SYSTEM_SECRET, "KOPIA_SERVER_PASSWORD": "kopia-ui"}


def test_its_health_is_asked_without_a_password():
    (container,) = _made().pods()[DEPLOYMENT]["containers"]
    assert container["readinessProbe"]["tcpSocket"] == {"port": "http"}
    assert container["livenessProbe"]["tcpSocket"] == {"port": "http"}


def test_only_those_who_let_users_in_reach_it():
    closed = _made().one("kopia-ui-network-policy").inputs["spec"]
    assert (closed["ingress"], closed["egress"]) == ([], [])
    page = Page(exposure=Exposure.INGRESS, from_namespaces=("ingress",))
    opened = _made(replace(ARGS, page=page))
    (rule,) = opened.one("kopia-ui-network-policy").inputs["spec"]["ingress"]
    assert len(rule["from"]) == 1
    assert "kopia-ui-service" in opened.needs("kopia-ui-ingress")


def test_it_can_be_left_out():
    kinds = {item.kind for item in _made(replace(ARGS, page=Page(enabled=False))).resources}
    assert kinds == {"kubernetes", "KopiaUi"}


def test_where_other_hands_make_its_secret_it_makes_no_password():
    made = _made(replace(ARGS, makes_secret=False))
    assert not {item.kind for item in made.resources} & {"Secret", "RandomPassword"}
    assert made.one(DEPLOYMENT)
