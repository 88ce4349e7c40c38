"""Phones: commands applied once, snapshot, heartbeat, positions, files, the socket; decides nothing itself."""
