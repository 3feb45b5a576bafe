"""Typed settings, and the data that people edit."""
