"""Settings searched for by validation alone: a space, trials that several processes share, and what came of them."""
