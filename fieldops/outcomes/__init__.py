"""What came of it: visit reports, sums, indicators, follow-ups; does not know how a report reached us."""
