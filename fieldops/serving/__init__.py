"""Runs the product as one process (requests, sockets, timers) and says how it is; knows no domain word."""
