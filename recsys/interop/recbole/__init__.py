"""RecBole's sequential recommenders on our split, in our trainer, by our evaluation. Needs the `recbole` extra.

Zhao et al., *RecBole: Towards a Unified, Comprehensive and Efficient Framework for Recommendation Algorithms*,
CIKM 2021, arXiv 2011.01731.
"""
