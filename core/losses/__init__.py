"""Contrastive losses as plain functions, exact in O(N x block) memory."""

from core.losses.adaptive_info_nce import PairNetwork, adaptive_info_nce
from core.losses.info_nce import info_nce, weighted_info_nce
from core.losses.proto_nce import proto_nce, prototype_concentration

__all__ = [
    "PairNetwork",
    "adaptive_info_nce",
    "info_nce",
    "proto_nce",
    "prototype_concentration",
    "weighted_info_nce",
]
