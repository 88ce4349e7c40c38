"""Fieldops: gets the right two people to someone who is being scammed, in minutes, and writes down what came of it."""
