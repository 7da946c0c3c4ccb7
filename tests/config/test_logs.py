"""A log line is one line and names nobody."""

import logging

from config.logs import OneLineFormatter


def _format(message: str, error: Exception | None = None) -> str:
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("portal", logging.ERROR, __file__, 1, message, (), info)
    return OneLineFormatter("%(levelname)s %(message)s").format(record)


def test_an_exception_stays_on_its_line() -> None:
    try:
        raise ValueError("duplicate key\nDETAIL: Key (name)=(张三)")
    except ValueError as error:
        line = _format("failed", error)
    assert "\n" not in line
    assert "ValueError: duplicate key @ " in line
    assert "张三" not in line


def test_long_numbers_are_hidden() -> None:
    assert _format("no 630199199001011234 here") == "ERROR no … here"
