"""Whatever the product says to people is found, word for word, in docs/operations.md."""

import re

from contract.audit import Reason
from plumber.answer import Cause
from stack.settings import ITS_MEANING
from tests.project.messages import GAP, MOVER_REASONS, ROOT, is_sentence, messages, stable

PAGE = (ROOT / "docs" / "operations.md").read_text().partition("\n## Messages\n")[2]
PLAIN = " ".join(PAGE.replace("`", "").split())
# Said to nobody who uses it.
UNTOLD = {
    ITS_MEANING.strip("."): "told in the row of its key",
    "a Job must not start without an identity": "a guard against our own mistake",
    "<details><summary>pulumi preview</summary>": "a heading of the comment",
    "failed calling webhook": "the API server's words",
    "lines left out": "a gap in the comment",
    "sh pulumi config set image": "a line of the notes",
    "a custom resource cannot carry": "a guard against our own mistake",
    "the body is no AdmissionReview about a PVC": "told to the API server alone",
    "the body is larger than": "told to the API server alone",
    "a count of snapshots to keep is negative": "a guard against our own mistake",
    "window must be 1 to": "the model has told it before",
}
HEADER = "default-src 'none'"
MESSAGES = [m for m in messages() if stable(m) not in UNTOLD and not m.startswith(HEADER)]
STABLE = {stable(message) for message in MESSAGES}


def test_every_message_is_in_the_table():
    missing = [message for message in MESSAGES if stable(message) not in PLAIN]
    assert [message.replace(GAP, "_") for message in missing] == []


def test_every_reason_is_in_the_table():
    words = [*Cause, *Reason, *sorted({*MOVER_REASONS})]
    assert [word for word in words if f"`{word}`" not in PAGE] == []


def test_no_message_is_in_the_table_that_nobody_says():
    rows = re.findall(r"^\| (.+?) \|", PAGE, re.MULTILINE)
    spans = [span for row in rows for span in re.findall(r"`([^`]+)`", row)]
    sentences = [span for span in spans if is_sentence(re.sub(r"<[^>]*>", GAP, span))]
    assert sentences
    assert [span for span in sentences if not any(text in span for text in STABLE)] == []


def test_messages_are_looked_for_where_they_are():
    assert len(MESSAGES) > 250
    assert UNTOLD.keys() - {stable(message) for message in messages()} == set()
