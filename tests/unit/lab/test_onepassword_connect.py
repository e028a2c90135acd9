import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from http.server import ThreadingHTTPServer

import pytest

from lab.standins.onepassword_connect import answer, handler, identifier

VAULTS = {"homelab": {"rustfs": {"kopia_password": "pw"}}, "other": {}}
VAULT, ITEM = identifier("homelab"), identifier("homelab", "rustfs")


def get(path, token="t"):  # noqa: S107
    return answer("t", VAULTS, path, f"Bearer {token}")


def title(name):
    return "filter=" + urllib.parse.quote_plus(f'title eq "{name}"')


def test_the_way_of_the_provider_ends_at_the_field():
    vaults = get(f"/v1/vaults?{title('homelab')}").body
    assert [item["id"] for item in vaults] == [VAULT]
    items = get(f"/v1/vaults/{VAULT}/items?{title('rustfs')}").body
    assert [(item["id"], item["vault"]["id"]) for item in items] == [(ITEM, VAULT)]
    item = get(f"/v1/vaults/{VAULT}/items/{ITEM}").body
    assert [(f["label"], f["value"]) for f in item["fields"]] == [("kopia_password", "pw")]


def test_ids_have_the_form_that_the_provider_checks():
    assert len(ITEM) == 26
    assert ITEM.isalnum()
    assert ITEM.lower() == ITEM


def test_a_list_never_holds_values():
    assert "pw" not in json.dumps(get(f"/v1/vaults/{VAULT}/items").body)


@pytest.mark.parametrize("token", ["", "T", "tt"])
def test_a_wrong_token_is_unauthorized(token):
    assert get("/v1/vaults", token).status == 401


def test_an_unknown_title_is_an_empty_list():
    assert get(f"/v1/vaults/{VAULT}/items?{title('nothing')}").body == []
    assert get(f"/v1/vaults?{title('nothing')}").body == []


def test_an_unknown_item_is_not_found():
    assert get(f"/v1/vaults/{VAULT}/items/{identifier('x')}").status == 404


def test_an_unknown_vault_is_forbidden():
    assert get(f"/v1/vaults/{identifier('x')}/items").status == 403


def test_another_path_is_not_found():
    assert get("/v1/secrets").status == 404
    assert get("/v2/vaults").status == 404


def test_a_filter_that_is_not_understood_is_never_read_as_everything():
    assert get("/v1/vaults?filter=name+ne+1").status == 400


def test_the_heartbeat_needs_no_token():
    assert get("/heartbeat", "").status == 200


@pytest.fixture
def server(tmp_path):
    data = tmp_path / "data.json"
    data.write_text(json.dumps({"token": "t", "vaults": VAULTS}))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(data))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", data
    server.shutdown()
    thread.join()
    server.server_close()


def fetch(url, token):
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=5) as reply:  # noqa: S310
        return json.load(reply)


def test_a_changed_token_counts_at_once(server, capfd):
    url, data = server
    assert [vault["name"] for vault in fetch(f"{url}/v1/vaults", "t")] == ["homelab", "other"]
    data.write_text(json.dumps({"token": "new", "vaults": VAULTS}))
    with pytest.raises(urllib.error.HTTPError) as refused:
        fetch(f"{url}/v1/vaults", "t")
    assert refused.value.code == 401
    refused.value.close()
    assert "Bearer" not in capfd.readouterr().err
