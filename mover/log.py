"""One JSON object a line, with the keys that pvc-plumber uses too."""

import json
import logging
import sys
from datetime import UTC, datetime

QUIET = ("kopf", "httpx2", "httpcore2", "asyncio", "aiohttp")


class JsonLines(logging.Formatter):
    """time, level, msg, the object that it is about, and the traceback of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        """A record as one line."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "msg": record.getMessage(),
            **getattr(record, "about", {}),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line)


def configure() -> None:
    """Logs of the mover from INFO on, of its libraries from WARNING on."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
