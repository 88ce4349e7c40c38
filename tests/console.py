"""Run code on a server's database, one piece after the other, in one process: a start of Django is a second.

`servers.Server.python` begins it. Each line of standard input is a JSON string of code; each line of standard
output a JSON pair: what it printed, and what went wrong or nothing.
"""

import contextlib
import io
import json
import sys
import traceback

from django.db import connections


def listen() -> None:
    """Answer until the input ends."""
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)


def run(code: str) -> tuple[str, str]:
    """Run one piece in a namespace of its own; return what it printed and what went wrong."""
    said, wrong = io.StringIO(), ""
    try:
        with contextlib.redirect_stdout(said):
            exec(code, {"__name__": "console"})
    except Exception:
        wrong = traceback.format_exc()
    # A connection kept open would hold on to a database that its test drops.
    connections.close_all()
    return said.getvalue(), wrong
