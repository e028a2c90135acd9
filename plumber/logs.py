"""One JSON object a line on standard output."""

import json
import logging
import sys
from datetime import UTC, datetime

from plumber.answer import written

# What every record carries by itself; all else was given as `extra`.
PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
ENCODE = json.JSONEncoder(default=str).encode  # made once: json.dumps makes one each time


class JsonFormatter(logging.Formatter):
    """Keys time, level, msg, then the record's own facts."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": written(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname,
            "msg": record.getMessage(),
        }
        line |= {k: v for k, v in vars(record).items() if k not in PLAIN}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return ENCODE(line)


def set_up() -> None:
    """Sends the whole process's log to standard output."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # Nobody reads from which line of code a record came, and finding out costs more than the rest.
    logging._srcfile = None  # the documented switch
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # it notes each request
