"""Fieldops: the right two people at the side of someone being scammed, in minutes; and what came of it."""
