"""Why the program ends with a status other than 0."""

from __future__ import annotations


class CliError(Exception):
    """One clear line, and the exit status that goes with it."""

    def __init__(self, status: int, line: object) -> None:
        super().__init__(str(line).replace("\n", " "))
        self.status = status


def usage(line: object) -> CliError:
    """Wrong usage."""
    return CliError(2, line)


def failure(line: object) -> CliError:
    """Something went wrong on this host."""
    return CliError(1, line)
