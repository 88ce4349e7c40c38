"""What passes from one turn to the next: open work when people change, and the signed handover at its end."""
