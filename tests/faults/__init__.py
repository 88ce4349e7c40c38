"""What it must survive, tried for real and often: `python -m tests.faults [part …]`, `make faults`."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fieldops.settings")
django.setup()
