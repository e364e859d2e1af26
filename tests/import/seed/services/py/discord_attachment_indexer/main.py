"""Stands for the real service."""
