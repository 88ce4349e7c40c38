#!/usr/bin/env bash
# Run the tests on a PostgreSQL of its own: `tests/on_postgres.sh [pytest arguments]`, as tests/twice.py does. Says so
# and passes where none is installed. The server is started in a temporary folder, stopped by pid when they are done.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-.venv/bin/python}
if ! compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null && ! command -v postgres >/dev/null; then
    echo "PostgreSQL is not installed here; its run of the tests is left out."
    exit 0
fi
exec "$python" -m tests.servers postgres "$python" -m tests.twice "$@"
