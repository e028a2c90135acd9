"""A machine's own clock may be wrong: which programs of the product ask it, and what for."""

import re

from tests.project.test_shape import PRODUCT, ROOT

ASKED = re.compile(r"datetime\.(?:now|utcnow|today)\(|\btime\.time\(")
ALLOWED = {
    "mover/job/clock.py": "compares it with the clocks of the API server and of the export",
    "mover/maintenance_clock.py": "compares it with the clocks of the control plane and the export",
    "mover/maintenance.py": "after that comparison",
    "kube/server_clock.py": "compares it with the API server's, to warn",
    "kube/client.py": "tells it where a certificate is not valid by it",
    "adopt/__main__.py": "reports by it on a person's machine, and changes nothing",
}


def test_no_program_decides_by_its_machines_own_clock():
    modules = (path for room in PRODUCT for path in (ROOT / room).rglob("*.py"))
    asking = {
        path.relative_to(ROOT).as_posix() for path in modules if ASKED.search(path.read_text())
    }
    assert asking == ALLOWED.keys()
