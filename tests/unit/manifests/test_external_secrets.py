from contract import repository as repo
from manifests import external_secrets

PASSWORD = repo.PasswordSource()


def _remote(password):
    spec = external_secrets.external_secret({}, secret="s", password=password)["spec"]
    return spec["data"][0]["remoteRef"]


def test_the_secret_has_the_three_keys_and_keeps_the_fetched_one():
    spec = external_secrets.external_secret({}, secret="s", password=PASSWORD)["spec"]
    template = spec["target"]["template"]
    fetched = {entry["secretKey"] for entry in spec["data"]}
    assert fetched == {repo.KEY_PASSWORD}
    assert set(template["data"]) == {repo.KEY_REPOSITORY, repo.KEY_FS_PATH}
    assert template["mergePolicy"] == "Merge"


def test_the_password_is_named_and_never_written():
    remote = _remote(PASSWORD)
    assert (remote["key"], remote["property"]) == (repo.SECRET_ITEM, repo.SECRET_FIELD)


def test_an_item_that_is_the_password_itself_is_read_whole():
    remote = _remote(repo.PasswordSource(item="kopia", field=""))
    assert remote["key"] == "kopia"
    assert "property" not in remote


def test_the_store_reads_one_vault_with_a_token_from_a_secret():
    store = external_secrets.cluster_secret_store(
        "vault", connect_host="https://c", vault="v", token_secret="t", token_namespace="n"
    )
    provider = store["spec"]["provider"]["onepassword"]
    assert store["metadata"]["name"] == "vault"
    assert provider["vaults"] == {"v": 1}
    token = provider["auth"]["secretRef"]["connectTokenSecretRef"]
    assert token == {"name": "t", "namespace": "n", "key": external_secrets.TOKEN_KEY}


def test_a_store_serves_the_namespaces_that_are_named_or_all():
    def conditions(*namespaces):
        store = external_secrets.cluster_secret_store(
            "vault",
            connect_host="https://c",
            vault="v",
            token_secret="t",
            token_namespace="n",
            namespaces=namespaces,
        )
        return store["spec"].get("conditions")

    assert conditions("a", "b") == [{"namespaces": ["a", "b"]}]
    assert conditions() is None
