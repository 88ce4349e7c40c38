"""The process itself, attacked and stopped for real."""
