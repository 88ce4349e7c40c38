"""Who is sent to what: recommend, gate, offer, answer, ladder, moves, messages; does not know phones or reports."""
