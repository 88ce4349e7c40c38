"""The centre's pages; no tables, and no rule that the API does not also obey."""
