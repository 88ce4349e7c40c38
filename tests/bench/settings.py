"""The product's settings, with one path more: the plain insert that sending is measured against."""

from fieldops.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.urls"
