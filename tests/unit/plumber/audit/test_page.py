from starlette.testclient import TestClient

from contract.audit import AUDIT
from contract.environment import Isolation, Placement
from fakes.audit_scene import MOMENT, Scene, pvc
from kopia.data_loss import HELD
from plumber.audit.page import ROWS
from plumber.audit.report import report
from tests.unit.plumber.audit.conftest import client_of

HOSTILE = "<img src=x onerror=alert(1)>"


def test_a_page_holds_so_many_and_leads_on() -> None:
    scene = Scene()
    for number in range(ROWS + 1):
        scene.protect(pvc(f"app-{number}"))
    client = client_of(scene.report)
    first = client.get("/").text
    assert first.count('<th scope="row">') == ROWS
    assert 'rel="next" href="/?page=2"' in first
    assert client.get("/?page=2").text.count('<th scope="row">') == 1
    assert client.get("/?page=999").text.count('<th scope="row">') == 1
    assert len(client.get(AUDIT).json()["pvcs"]) == ROWS + 1


def test_after_a_loss_the_page_tells_what_a_rebuild_brings_and_what_it_brought_before() -> None:
    scene = Scene()
    claim = scene.protect(pvc("photos"))
    newest = scene.change_newest(claim, files=3, bytes=10, tags=frozenset({HELD}))
    text = client_of(scene.report).get("/pvc/media/photos").text
    assert f"<code>{newest.id}</code>, the newest whole one, of 30 min ago: 3 files, 10 B" in text
    before = scene.snapshots[1]
    assert f"filled with snapshot <code>{before.id}</code>, of 1 h 30 min ago: 1 201 files" in text
    assert '<span class="verdict unprotected">' in text


def test_what_comes_from_the_cluster_is_text_and_never_markup() -> None:
    scene = Scene()
    marks = {"reason": HOSTILE}
    scene.protect(pvc("cache", "none", marks=marks, storage=HOSTILE), hours=-1)
    scene.knowledge_fields = {"trouble": HOSTILE, "pinned": "b" * 64}
    client = client_of(scene.report)
    for path in ("/", "/pvc/media/cache"):
        text = client.get(path).text
        assert HOSTILE not in text
        assert "&lt;img" in text


def test_pages_use_neither_styles_nor_scripts_of_their_own(client: TestClient) -> None:
    for path in ("/", "/pvc/media/photos", "/nowhere"):
        text = client.get(path).text
        assert " style=" not in text
        assert "<style" not in text
        assert text.count("<script") == text.count('<script src="/static/refresh.js" defer>') == 1
        assert "://" not in text


def test_the_page_names_the_exception_where_movers_work_apart_elsewhere() -> None:
    scene = Scene()
    scene.protect(pvc("photos"))
    scene.protect(pvc("shared", namespace="plain"))

    def text_of(path: str, isolation: Isolation) -> str:
        placement = Placement(isolation=isolation, in_namespaces=("plain",))
        known = scene.cache(), scene.knowledge()
        client = client_of(lambda: report(*known, scene.excluded, MOMENT, placement))
        return client.get(path).text

    words = "work in namespace plain, unlike others"
    assert words in text_of("/pvc/plain/shared", Isolation.SYSTEM)
    assert "unlike others" not in text_of("/pvc/media/photos", Isolation.SYSTEM)
    assert "unlike others" not in text_of("/pvc/plain/shared", Isolation.NAMESPACE)
