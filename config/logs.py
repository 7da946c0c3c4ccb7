"""Log lines: one per event, without personal data."""

import logging
import re
import traceback
from types import TracebackType

LONG_NUMBER = re.compile(r"\d{6,}")


class OneLineFormatter(logging.Formatter):
    """Puts an exception on its event's line and hides long numbers (ID cards, phones, bank cards)."""

    def formatException(
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        """Type, first line of the message (PostgreSQL puts the row's values on the next) and places."""
        kind, error, trace = ei
        if kind is None:
            return ""
        first = str(error).partition("\n")[0]
        places = (f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(trace))
        return f"{kind.__name__}: {first} @ {' < '.join(reversed(list(places)))}"

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        return LONG_NUMBER.sub("…", super().format(record).replace("\n", " | "))
