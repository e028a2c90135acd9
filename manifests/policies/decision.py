"""pvc-plumber's decision on the PVC of a request: variables that mutation and gate share."""

from contract import answer, labels
from contract.answer import Decision
from manifests import volsync
from manifests.cel import literal
from manifests.params import PolicyParams
from manifests.policies.claim import DESTINATION

# Only RFC 3339 in UTC and a snapshot's id are allowed, because the text becomes part of a URL.
ID_SHAPE = "^[0-9a-f]{32}$"
AS_OF_SHAPE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?Z$"

# Text from annotations is compared, or checked against a shape; the rest of the URL is made of
# names that Kubernetes has restricted.
_SHARED = {
    "annotations": "has(object.metadata.annotations) ? object.metadata.annotations : dyn({})",
    "asOf": "variables.words.asOf in variables.annotations ?"
    " string(variables.annotations[variables.words.asOf]) : ''",
    "asOfValid": "variables.asOf == '' || variables.asOf.matches(variables.words.asOfShape)",
    # pvc-plumber knows the newest snapshot; a leftover annotation names an older one.
    "leftBehind": "variables.words.startEmpty in variables.annotations"
    " && string(variables.annotations[variables.words.startEmpty]).matches(variables.words.idShape)"
    " ? string(variables.annotations[variables.words.startEmpty]) : ''",
    # A time beats an acknowledgement: data wins.
    "query": "variables.asOf != '' ? variables.words.asOfQuery + variables.asOf :"
    " variables.leftBehind != '' ? variables.words.emptyQuery + variables.leftBehind : ''",
    "answer": "http.Get(variables.words.url + object.metadata.namespace + '/' +"
    " object.metadata.name + variables.query)",
    # An outage is an error and denies; an answer is trusted only when it is complete.
    "decision": "variables.answer.statusCode == 200"
    " && has(variables.answer.authoritative) && variables.answer.authoritative == true"
    " && has(variables.answer.decision)"
    " && variables.answer.decision in [variables.words.restore, variables.words.fresh]"
    " ? string(variables.answer.decision) : variables.words.unknown",
    "snapshot": "has(variables.answer.snapshot) ? string(variables.answer.snapshot) : ''",
    "restores": "variables.decision == variables.words.restore",
}


def variables(params: PolicyParams, **more: str) -> dict[str, str]:
    """The shared variables: `words` holds all data, the others are constant expressions over it.

    `more` words are of one policy alone.
    """
    words = {
        "url": params.plumber_url + answer.DECISION + "/",
        "asOfQuery": "?" + answer.AS_OF + "=",
        "emptyQuery": "?" + answer.START_EMPTY + "=",
        "asOf": labels.RESTORE_AS_OF,
        "asOfShape": AS_OF_SHAPE,
        "idShape": ID_SHAPE,
        "startEmpty": labels.START_EMPTY,
        "restoreFrom": labels.RESTORE_FROM,
        "restoreFromTime": labels.RESTORE_FROM_TIME,
        "restore": Decision.RESTORE.value,
        "fresh": Decision.FRESH.value,
        "unknown": Decision.UNKNOWN.value,
        "group": volsync.GROUP,
        "kind": volsync.DESTINATION,
        **more,
    }
    return {"words": literal(words), "destination": literal(DESTINATION), **_SHARED}
