"""Scam types, script cards and state cards; knows no person and no case."""
