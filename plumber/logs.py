"""One JSON object a line on standard output."""

import json
import logging
import sys
from datetime import UTC, datetime

from plumber.answer import written

# What every record carries by itself; all else was given as `extra`.
PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
NOISE = frozenset({"color_message"})  # uvicorn's copy of a message with terminal colours


class JsonFormatter(logging.Formatter):
    """Keys time, level, msg, then the record's own facts."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": written(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname,
            "msg": record.getMessage(),
        }
        line |= {k: v for k, v in vars(record).items() if k not in PLAIN | NOISE}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def set_up() -> None:
    """Sends the whole process's log to standard output."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
