"""The checksum of everything that a data set depends on."""

import hashlib
import json


def digest(content: object) -> str:
    """Return the SHA-256, in hex, of plain values."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
