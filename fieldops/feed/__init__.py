"""The numbered record per recipient, the hub that streams it, and alarms; does not know what its subjects mean."""
