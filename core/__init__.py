"""The trainer core: settings, trainer, run folders, losses, clustering and metrics.

Knows tensors, losses and optimisers; knows no graph and no user.
"""
