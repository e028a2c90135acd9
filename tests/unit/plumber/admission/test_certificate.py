import ssl
import stat
from pathlib import Path

from contract import admission
from plumber.admission.certificate import made


def test_the_certificate_is_trusted_by_itself_and_the_key_is_for_its_owner_only(tmp_path: Path):
    own = made(admission.HOST, tmp_path)
    assert stat.S_IMODE(own.key.stat().st_mode) == 0o600
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    server.load_cert_chain(own.certificate, own.key)
    client.load_verify_locations(cadata=own.text)
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    serving = server.wrap_bio(to_server, to_client, server_side=True)
    asking = client.wrap_bio(to_client, to_server, server_hostname=admission.HOST)
    for side in (asking, serving, asking, serving):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    assert asking.getpeercert()
