"""What each released app sends, kept word for word: newer servers go on taking it (phone-protocol.md §8.27).

    python -m tests.sync.recorded                    # today's engine → <its version>.json
    python -m tests.sync.recorded --commit 2d93954   # an older commit's engine → <its date>.json

A recording is made with each version, before it is released, and never changed afterwards: that is what
phones out there send. `tests/sync/test_recorded.py` replays the two newest.
"""
