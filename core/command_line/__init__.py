"""The command line: arguments in, a run folder out."""

from core.command_line.app import main

__all__ = ["main"]
