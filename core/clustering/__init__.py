"""Clustering on the device."""

from core.clustering.spherical_kmeans import Clustering, spherical_kmeans

__all__ = ["Clustering", "spherical_kmeans"]
