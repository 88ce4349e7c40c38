"""Figures, printed by `make bench`: ratios against a plain thing measured in the same run."""
