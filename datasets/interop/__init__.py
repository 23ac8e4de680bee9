"""Adapters to other libraries' containers. Each library is optional and imported only when asked for."""
