"""Phones: commands applied once, snapshot, heartbeat, positions, files, socket; decides nothing itself."""
