"""Clock, ids, money, geometry, sealed columns, errors and database helpers; knows no domain words and has no tables."""
