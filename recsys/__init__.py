"""Sequential recommendation: augmentations, encoders, models and their evaluation over the whole catalogue."""
