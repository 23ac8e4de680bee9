"""Contrastive losses as plain functions, exact in O(N x block) memory."""

from core.losses.adaptive_info_nce import PairNetwork, adaptive_info_nce
from core.losses.cacr import cacr
from core.losses.catalogue_softmax import catalogue_softmax
from core.losses.clustered_memory import ClusteredMemory
from core.losses.contrastive_regulariser import contrastive_regulariser
from core.losses.decoupled import dcl, dclw
from core.losses.diagnostics import alignment, tolerance, uniformity
from core.losses.enriched_contrast import EnrichedContrast, enriched_contrast
from core.losses.hard_contrastive import hard_contrastive
from core.losses.info_nce import info_nce, weighted_info_nce
from core.losses.mixed_pairs import MixedPairs, mixed_pairs, neighbours_on_both_sides
from core.losses.multi_head import MultiHeadContrast, PairTemperature
from core.losses.multi_view import mv_dhel, mv_info_nce
from core.losses.nt_xent import nt_xent
from core.losses.propagation import (
    PropagationConsistency,
    edges_in_sequences,
    edges_of_rows,
    propagate,
    propagation_consistency,
)
from core.losses.proto_nce import proto_nce, prototype_concentration
from core.losses.sinkhorn import sinkhorn_assignments, sinkhorn_scalings
from core.losses.subspace_gates import SubspaceContrast, SubspaceGates, gated_contrast
from core.losses.swapped_prediction import AssignmentQueue, SwappedPrediction, swapped_prediction
from core.losses.temperature import ConstantTemperature, CosineTemperature, LinearTemperature
from core.losses.transport_alignment import align_prototypes, class_means

__all__ = [
    "AssignmentQueue",
    "ClusteredMemory",
    "ConstantTemperature",
    "CosineTemperature",
    "EnrichedContrast",
    "LinearTemperature",
    "MixedPairs",
    "MultiHeadContrast",
    "PairNetwork",
    "PairTemperature",
    "PropagationConsistency",
    "SubspaceContrast",
    "SubspaceGates",
    "SwappedPrediction",
    "adaptive_info_nce",
    "align_prototypes",
    "alignment",
    "cacr",
    "catalogue_softmax",
    "class_means",
    "contrastive_regulariser",
    "dcl",
    "dclw",
    "edges_in_sequences",
    "edges_of_rows",
    "enriched_contrast",
    "gated_contrast",
    "hard_contrastive",
    "info_nce",
    "mixed_pairs",
    "mv_dhel",
    "mv_info_nce",
    "neighbours_on_both_sides",
    "nt_xent",
    "propagate",
    "propagation_consistency",
    "proto_nce",
    "prototype_concentration",
    "sinkhorn_assignments",
    "sinkhorn_scalings",
    "swapped_prediction",
    "tolerance",
    "uniformity",
    "weighted_info_nce",
]
