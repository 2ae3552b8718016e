#!/usr/bin/env bash
# A private PostgreSQL cluster that lives as long as a command: on a free port, as an unprivileged user, removed after.
# Usage: scripts/postgres.sh COMMAND...   e.g. scripts/postgres.sh cargo test -p store
# The command finds it in SPARK_TEST_PG_URL (database `postgres`, a superuser that may create databases).
# With SPARK_TEST_PG_URL set already, that one is used and none is started.
# SPARK_PG_DURABLE=1 keeps fsync on, for crash tests. Sourced, it gives pg_start, pg_stop and pg_kept_for.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

pg_home=""
pg_pid=""

# PostgreSQL refuses to run as root: then it runs as `postgres` or, where that user is missing, as `nobody`.
# `--pdeathsig`: gone with this script, even when that is killed.
pg_as=(setpriv --pdeathsig QUIT)
if [ "$(id -u)" = 0 ]; then
  pg_user=postgres
  id "$pg_user" >/dev/null 2>&1 || pg_user=nobody
  pg_as+=(--reuid "$pg_user" --regid "$(id -g "$pg_user")" --clear-groups)
fi

free_port() {
  node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})'
}

# Starts the server of the cluster in $pg_home. Usage: pg_run; its process id is then $pg_pid.
pg_run() {
  (cd "$pg_home" && exec "${pg_as[@]}" "$pg_bin/postgres" -D data -k "$pg_home" -p "$pg_port" -c listen_addresses=127.0.0.1 \
    -c max_connections=300 -c log_min_messages=fatal -c client_min_messages=warning "${pg_speed[@]}") \
    >>"$pg_home/log" 2>&1 &
  pg_pid=$!
}

pg_start() {
  if [ -n "${SPARK_TEST_PG_URL:-}" ]; then note "PostgreSQL: the one in SPARK_TEST_PG_URL"; return; fi
  local tries
  pg_speed=(-c cluster_name=spark-test -c fsync=off -c synchronous_commit=off -c full_page_writes=off)
  pg_bin="$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -1)" || fail "PostgreSQL is missing: scripts/setup.sh test"
  [ -z "${SPARK_PG_DURABLE:-}" ] || pg_speed=(-c fsync=on -c synchronous_commit=on)
  pg_home="$(mktemp -d "${TMPDIR:-/tmp}/spark-pg-XXXXXX")"
  [ -z "${pg_user:-}" ] || chown "$pg_user" "$pg_home"
  # From its own folder, because ours may be closed to that user.
  (cd "$pg_home" && "${pg_as[@]}" "$pg_bin/initdb" --no-sync -A trust -U spark -E UTF8 --locale=C.UTF-8 -D data) \
    >"$pg_home/initdb.log" 2>&1 || { cat "$pg_home/initdb.log" >&2; fail "initdb"; }
  pg_port="$(free_port)"
  pg_run
  for ((tries = 0; tries < 200; tries++)); do
    if "$pg_bin/pg_isready" -q -h 127.0.0.1 -p "$pg_port" -U spark; then
      export SPARK_TEST_PG_URL="postgres://spark@127.0.0.1:$pg_port/postgres" SPARK_TEST_PG_PID="$pg_pid"
      return
    fi
    kill -0 "$pg_pid" 2>/dev/null || break
    sleep 0.1
  done
  cat "$pg_home/log" >&2
  fail "PostgreSQL did not start"
}

# Runs a command while a PostgreSQL that is killed is started again on the same data, as a service manager does. The
# command finds the process id, which changes, in the first line of the file that SPARK_TEST_PG_PID_FILE names. A server
# that was started here ends with the command.
pg_kept_for() {
  local command code=0 first="$pg_pid"
  SPARK_TEST_PG_PID_FILE="$pg_home/data/postmaster.pid" "$@" &
  command=$!
  while kill -0 "$command" 2>/dev/null; do
    # The dead server's last processes may still hold its memory: then the new one gives up, and the next is tried.
    kill -0 "$pg_pid" 2>/dev/null || pg_run
    sleep 0.1
  done 2>/dev/null
  wait "$command" || code=$?
  if [ "$pg_pid" != "$first" ]; then
    kill -QUIT "$pg_pid" 2>/dev/null || true
    wait "$pg_pid" 2>/dev/null || true
  fi
  return $code
}

pg_stop() {
  [ -n "$pg_home" ] || return 0
  if [ -n "$pg_pid" ]; then
    kill -QUIT "$pg_pid" 2>/dev/null || true
    wait "$pg_pid" 2>/dev/null || true
  fi
  rm -rf "$pg_home"
  pg_home="" pg_pid=""
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  [ $# -gt 0 ] || fail "usage: scripts/postgres.sh COMMAND..."
  trap pg_stop EXIT
  trap 'exit 130' INT TERM
  pg_start
  "$@"
fi
