"""The exceptions that leave a room: what surprised us, in one sentence an operator can act on.

Expected outcomes are values (`domain.outcomes`), never exceptions.
"""


class CopydeskError(Exception):
    """Any error of Copydesk's own; its text is one sentence: what, where, what is allowed."""

    exit_code = 1


class ConfigurationError(CopydeskError):
    """A setting, a feed list or a command-line value is not acceptable."""

    exit_code = 2


class DatabaseError(CopydeskError):
    """The database cannot be used: unreachable, read-only, locked, full, or damaged."""

    exit_code = 3


class SchemaError(DatabaseError):
    """The database's schema is older or newer than this version of Copydesk works with."""


class NetworkUnreachableError(CopydeskError):
    """No feed could be reached at all; nothing was lost."""

    exit_code = 4


class LeaseLostError(CopydeskError):
    """Another worker took over what this one had claimed, so this one's work is discarded."""

    exit_code = 5


class RecipeError(CopydeskError):
    """Signatures of two recipes were about to be compared, or a recipe does not fit the stored one."""

    exit_code = 2
