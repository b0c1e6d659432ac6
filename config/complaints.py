"""What is said about a wrong option: one sentence with its name, its value and what it takes."""

from collections.abc import Iterable

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from config.options import PREFIX, SEPARATOR, nearest, options, variable
from domain.errors import ConfigurationError


def refuse_unknown(model: type[BaseModel], names: Iterable[str]) -> None:
    """Raise `ConfigurationError` for a variable that reads like an option but is none; inside a group pydantic says so itself."""
    for name in names:
        group = name.upper().removeprefix(PREFIX).split(SEPARATOR)[0].lower()
        # COPYDESK_TEST_… belongs to the test suite.
        if name.upper().startswith(PREFIX) and not group.startswith("test_") and group not in model.model_fields:
            raise ConfigurationError(_unknown(model, name))


def sentence(model: type[BaseModel], error: ErrorDetails) -> str:
    """Return what pydantic found, as a sentence for an operator."""
    path = tuple(part for part in error["loc"] if isinstance(part, str))
    option = next((one for one in options(model) if one.path == path[: len(one.path)]), None)
    if option is None:
        if error["type"] == "extra_forbidden":
            return _unknown(model, variable(path))
        if error["type"] == "value_error":
            return error["msg"].removeprefix("Value error, ")
        return f"{variable(path)} is a group; set its options one by one, as in {_example(model, path)}."
    # A database URL may hold a password.
    value = "" if option.path == ("database_url",) else f" is {str(error['input'])[:80]!r}, which"
    return f"{option.name}{value} is not acceptable; allowed is {option.allowed}."


def _unknown(model: type[BaseModel], name: str) -> str:
    meant = nearest(name, (option.name for option in options(model)))
    return f"{name} is not an option of Copydesk; " + (f"did you mean {meant}?" if meant else "docs/settings.md lists them all.")


def _example(model: type[BaseModel], path: tuple[str, ...]) -> str:
    return next((one.name for one in options(model) if one.path[:1] == path[:1]), "docs/settings.md")
