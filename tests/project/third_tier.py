"""Asks for one more tier wherever the table of tiers counts. It runs beside a contract that has it.

python tests/project/third_tier.py NAME
"""

import json
import re
import sys
from datetime import timedelta
from typing import Any

from backup_labels import label_problems
from claims import claims

from adopt.volume import Volume
from contract.audit import Reason
from contract.names import Claim
from contract.schedule import TIERS, cron
from docgen import tiers
from fakes.audit_scene import Scene, pvc
from manifests import promql
from manifests.params import PolicyParams
from manifests.render import all_policies, native_policies
from tests.unit.manifests.policies.schedule_cel import schedule_of
from tests.unit.policy_pack import inputs

KNOWN = "daily"
PHOTOS = Claim("media", "photos")


def mentions(tier: str, thing: Any) -> int:
    """How often a tier is named."""
    return len(re.findall(rf"\b{tier}\b", json.dumps(thing)))


def reason(tier: str, age: timedelta) -> Reason:
    """What the audit says of a PVC whose newest backup has this age."""
    scene = Scene()
    made = pvc("photos", tier, age=age + timedelta(days=1))
    claim = scene.protect(made, hours=age.total_seconds() / 3600)
    return scene.report().by_claim[claim].reason


def main(tier: str) -> None:
    """Fails where it would not be taken for a tier, or for another one."""
    others = [name for name in TIERS if name != tier]
    for spread in (True, False):
        params = PolicyParams(spread=spread, window=180)
        line = cron(tier, PHOTOS, spread=spread, window=180)
        assert line not in [cron(name, PHOTOS, spread=spread, window=180) for name in others]
        assert schedule_of(tier, PHOTOS, params) == line
        for policy in [*all_policies(params), *native_policies(params)]:
            assert mentions(tier, policy) == mentions(KNOWN, policy), policy["metadata"]["name"]
    assert mentions(tier, promql.tiered_pvcs())

    late, moment = TIERS[tier].late, timedelta(minutes=1)
    assert reason(tier, late - moment) is Reason.BACKED_UP
    assert reason(tier, late + moment) is Reason.LATE

    asked = inputs.proxy(inputs.claim({"backup": tier}))
    assert [text for claim in claims(inputs.CLAIM, asked) for text in label_problems(claim)] == []
    assert Volume(claim=PHOTOS, label=tier).is_wanted
    assert f"| `{tier}` |" in tiers.table()


if __name__ == "__main__":
    main(sys.argv[1])
