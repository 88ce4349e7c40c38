"""Who is sent to what: recommend, gate, offer, answer, ladder, moves, words; knows no phones or reports."""
