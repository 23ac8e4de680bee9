"""Random views of sequences, as vectorised operations on packed batches."""

from recsys.augmentations.crop import crop
from recsys.augmentations.mask import MASK_ITEM, mask
from recsys.augmentations.reorder import reorder
from recsys.augmentations.two_views import AugmentationSettings, two_views

__all__ = ["MASK_ITEM", "AugmentationSettings", "crop", "mask", "reorder", "two_views"]
