"""The numbered record per recipient, its hub, and alarms; does not know what its subjects mean."""
