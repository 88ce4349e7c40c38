"""Drills: marked everywhere, in no number, reported and stored."""
