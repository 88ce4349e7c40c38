#!/usr/bin/env bash
# Clone this checkout, run `make run` there in an empty environment, and print the seconds of the first and the
# second start. `PATH` may be given to hide the system's Node: PATH=/usr/bin:/bin tests/fresh_clone.sh
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
# The interpreter itself: a version manager's shim would look for its own files under HOME.
python=$(python3 -c 'import sys; print(sys.executable)')
work=$(mktemp -d)
pid=

stop() {
    [ -z "$pid" ] && return
    # The server and make share a process group of their own; a person's Ctrl-C reaches both.
    kill -INT -- "-$pid" 2>/dev/null || true
    for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    pid=
}
trap 'stop; rm -rf "$work"' EXIT

git clone -q "$here" "$work/fieldops"
mkdir "$work/home"
port=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

# What a machine needs to reach its package registries, and nothing else of ours.
mapfile -t kept < <(env | grep -iE '^(PIP|NPM|SSL|NODE_EXTRA|REQUESTS)_|^[A-Z]*_PROXY=' || true)
for file in .npmrc .config/pip/pip.conf .pip/pip.conf; do
    [ -f "$HOME/$file" ] && { mkdir -p "$(dirname "$work/home/$file")"; cp "$HOME/$file" "$work/home/$file"; }
done

start() {
    local begun=$SECONDS log=$work/$1.log
    set -m
    (cd "$work/fieldops" && exec env -i "PATH=$(dirname "$python"):$PATH" "HOME=$work/home" LANG=C.UTF-8 "PORT=$port" \
        ${kept[@]+"${kept[@]}"} make run >"$log" 2>&1) &
    pid=$!
    set +m
    until "$python" - "$port" <<'PY'
import sys, urllib.request
try:
    sys.exit(urllib.request.urlopen(f"http://localhost:{sys.argv[1]}/readyz", timeout=2).status != 200)
except OSError:
    sys.exit(1)
PY
    do
        kill -0 "$pid" 2>/dev/null || { cat "$log" >&2; echo "make run ended without answering" >&2; exit 1; }
        [ $((SECONDS - begun)) -lt 900 ] || { cat "$log" >&2; echo "no answer within 15 minutes" >&2; exit 1; }
        sleep 0.5
    done
    echo "$1 start: $((SECONDS - begun)) s"
}

start first
sleep 1
cat "$work/first.log"
stop
start second
stop
! grep -n "Traceback" "$work"/*.log
