"""What needs doing: person, case, whereabouts, calls, notices, triage, timeline; does not know crews."""
