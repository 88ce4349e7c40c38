"""Clock, ids, money, geometry, sealed columns, errors, database helpers; no domain words, no tables."""
