"""What a request may ask for. The numbers stand in the OpenAPI page, where a client can read them."""

MAX_USERS = 64
"""Users, and histories, in a request."""
MAX_HISTORY = 1000
"""Items in a history."""
MAX_ID = 128
"""Characters in an id."""
MAX_TOP = 1000
"""Items or neighbours in a list."""
MAX_BODY = 2**20
"""Bytes in the body of a request."""
MAX_BODY_SECONDS = 10.0
"""How long a body may take to arrive."""
MAX_REQUESTS = 256
"""Requests at a time, by default; what comes on top is sent away."""
