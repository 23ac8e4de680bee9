"""One process at a time trains into a run folder."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import UserError

if sys.platform != "win32":
    import fcntl

LOCK = ".lock"


@contextmanager
def run_lock(folder: Path, what: str = "is training this run", remedy: str | None = None) -> Iterator[None]:
    """Hold a run folder for this process; another that tries meanwhile gets a UserError with this one's number.

    `what` says what the process does that holds it, `remedy` what to do when it has ended.

    The system lets go when the process ends, however it ends, so a killed run can be resumed at once. Where the
    system has no such locks (Windows) nothing is held.
    """
    if sys.platform == "win32":
        yield
        return
    path = folder / LOCK
    try:
        opened = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise UserError(f"{folder}: cannot be written to ({error.strerror}); choose another --output") from None
    with opened as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            then = remedy or f"--resume {folder}"
            raise UserError(f"{folder}: process {holder} {what}; wait for it, or stop it and then {then}") from None
        # Whoever held it may have removed the file since it was opened here.
        if not path.exists() or path.stat().st_ino != os.fstat(file.fileno()).st_ino:
            raise UserError(f"{folder}: another process has just been training this run; try again")
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
