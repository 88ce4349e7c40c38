"""Who looked and who changed, appended in the change that caused it; knows no case and no phone."""
