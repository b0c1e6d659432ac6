"""Every option as a record: its name in the environment, what it takes, its default and its reason.

The settings models are the only source; the documentation, `copydesk doctor` and the sentences about wrong values read them
through here, so that none of the three can drift from what is accepted.
"""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

PREFIX = "COPYDESK_"
SEPARATOR = "__"


@dataclass(frozen=True, slots=True)
class Option:
    """One option: `path` leads to its value in the settings, `allowed` says in words what it takes."""

    name: str
    path: tuple[str, ...]
    allowed: str
    default: Any
    reason: str


def variable(path: Iterable[str]) -> str:
    """Return the environment variable of an option, or of a group of them."""
    return PREFIX + SEPARATOR.join(part.upper() for part in path)


def options(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[Option]:
    """Yield every option of a settings model, groups opened, in the order of definition."""
    for name, field in model.model_fields.items():
        here = (*path, name)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from options(field.annotation, here)
        else:
            yield Option(variable(here), here, _allowed(field.annotation, field.metadata), field.default, field.description or "")


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known variable that `name` was probably meant to be, or None."""
    found = difflib.get_close_matches(name.upper(), list(known), n=1, cutoff=0.85)
    return found[0] if found else None


def _allowed(kind: Any, metadata: list[Any]) -> str:
    inner = [one for one in get_args(kind) if one is not type(None)]
    if get_origin(kind) is UnionType and len(inner) == 1:
        return f"{_allowed(inner[0], metadata)}, or unset"
    if get_origin(kind) is tuple:
        return f"a JSON list of {_elements(inner[0])}"
    if get_origin(kind) is Literal:
        return " or ".join([", ".join(inner[:-1]), inner[-1]])
    if kind is str:
        longest = _bound(metadata, "max_length")
        return f"text of at most {longest:,} characters" if longest else "text"
    if kind in {int, float}:
        return f"a {'whole ' if kind is int else ''}number{_range(metadata)}"
    return {bool: "true or false", Path: "the path of a file"}[kind]


def _elements(element: Any) -> str:
    # The elements of a list carry their own bounds: Annotated[int, Field(ge=1)].
    kind, *fields = get_args(element)
    metadata = [one for field in fields for one in getattr(field, "metadata", [])]
    if kind in {int, float}:
        return f"{'whole ' if kind is int else ''}numbers{_range(metadata)}"
    return 'networks, for example ["10.0.0.0/8"]'


def _range(metadata: list[Any]) -> str:
    least, above, most = (_bound(metadata, key) for key in ("ge", "gt", "le"))
    words = [f" from {least:,.9g}" if least is not None else "", f" above {above:,.9g}" if above is not None else ""]
    words.append(f"{' up' if above is not None else ''} to {most:,.9g}" if most is not None else "")
    return "".join(words)


def _bound(metadata: list[Any], key: str) -> Any:
    return next((getattr(one, key) for one in metadata if hasattr(one, key)), None)
