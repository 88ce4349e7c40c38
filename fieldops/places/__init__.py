"""Stations, schools, areas, banks and their contacts; knows no person and no case."""
