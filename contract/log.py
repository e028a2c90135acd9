"""Logging of all programs: one JSON object a line on standard output."""

import json
import logging
import sys
from datetime import UTC, datetime

from contract.times import log_text

# What every record carries by itself; all else was given as `extra`.
PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# Facts whose keys a record has itself, such as `name`, are given as `extra={ABOUT: {...}}`.
ABOUT = "about"
ENCODE = json.JSONEncoder(default=str).encode  # made once: json.dumps makes one each time


class JsonFormatter(logging.Formatter):
    """Keys time, level and msg, then the record's own facts, then trace of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": log_text(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "msg": record.getMessage(),
        }
        facts = {k: v for k, v in vars(record).items() if k not in PLAIN}
        line |= facts.pop(ABOUT, {}) | facts
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return ENCODE(line)


def set_up(*quiet: str) -> None:
    """Sends the whole process's log from INFO on to standard output.

    `quiet` are loggers of libraries that count from WARNING on.
    """
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # Nobody reads from which line of code a record came, and finding out costs more than the rest.
    logging._srcfile = None  # the documented switch
    for name in quiet:
        logging.getLogger(name).setLevel(logging.WARNING)
