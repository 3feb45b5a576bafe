"""Measurements: each figure is printed beside its baseline of the same run."""
