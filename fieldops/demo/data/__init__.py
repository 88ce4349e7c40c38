"""Sample alerts as the city's feed sends them; every person and number is invented."""
