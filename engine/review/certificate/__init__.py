"""Certificates: the proof of one market and configuration, with an audit of skipped bars."""
