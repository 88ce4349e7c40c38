"""The roster: which lines are to be staffed, who turns up when, swaps, hours, calendars; knows no case."""
