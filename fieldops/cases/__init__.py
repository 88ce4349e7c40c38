"""What needs doing: the person, the case, where he is now, calls, notices, triage, timeline; does not know crews."""
