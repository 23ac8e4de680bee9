"""Contrastive losses as plain functions, exact in O(N x block) memory."""

from core.losses.adaptive_info_nce import PairNetwork, adaptive_info_nce
from core.losses.cacr import cacr
from core.losses.catalogue_softmax import catalogue_softmax
from core.losses.contrastive_regulariser import contrastive_regulariser
from core.losses.decoupled import dcl, dclw
from core.losses.diagnostics import alignment, tolerance, uniformity
from core.losses.hard_contrastive import hard_contrastive
from core.losses.info_nce import info_nce, weighted_info_nce
from core.losses.multi_view import mv_dhel, mv_info_nce
from core.losses.nt_xent import nt_xent
from core.losses.proto_nce import proto_nce, prototype_concentration
from core.losses.temperature import ConstantTemperature, CosineTemperature, LinearTemperature

__all__ = [
    "ConstantTemperature",
    "CosineTemperature",
    "LinearTemperature",
    "PairNetwork",
    "adaptive_info_nce",
    "alignment",
    "cacr",
    "catalogue_softmax",
    "contrastive_regulariser",
    "dcl",
    "dclw",
    "hard_contrastive",
    "info_nce",
    "mv_dhel",
    "mv_info_nce",
    "nt_xent",
    "proto_nce",
    "prototype_concentration",
    "tolerance",
    "uniformity",
    "weighted_info_nce",
]
