"""Checks of finished runs: is the fast one the slow one?"""
