# shellcheck shell=bash
# What all roles share: how a script fails, how it tries again, and the application that every instance runs.

say() { printf '%s leadline: %s\n' "$(date -u +%FT%TZ)" "$*"; }

# The last line of the log says what went wrong, whichever way the script ends badly. The script itself
# signals CloudFormation, once; a subshell does not, and the signal leaves no line in the log.
fail() {
  say "FAILED: $*" >&2
  leave
}
# The status of a subshell that failed and printed why: the script prints nothing more.
SAID=199
leave() {
  trap - ERR
  if ((BASH_SUBSHELL)); then exit $SAID; fi
  (tell FAILURE) >/dev/null 2>&1 || : # in a subshell: bash 5.2 breaks off where a function returns within a trap
  exit 1
}
failed() {
  if (($1 == SAID)); then leave; fi
  fail "line $2, status $1: $3"
}
trap 'failed "$?" "$LINENO of ${BASH_SOURCE[0]##*/}" "$BASH_COMMAND"' ERR

# For what needs the network: the balancer's public address changes under it while it boots.
retry() {
  local attempt
  for attempt in 1 2 3 4 5; do
    if "$@"; then return; fi
    say "attempt $attempt of 5 failed: $*" >&2
    sleep "${RETRY_SECONDS:-5}"
  done
  fail "gave up after 5 attempts: $*"
}

# tell SUCCESS|FAILURE: signals the stack, which waits for one signal of each instance. If no stack waits (there is none, or it
# is complete and the script runs again) this cannot fail.
tell() {
  local attempt
  if [[ -z ${STACK_NAME:-} ]]; then return; fi
  for attempt in 1 2 3; do
    if signal "$1"; then return; fi
    if ((attempt < 3)); then sleep "${RETRY_SECONDS:-5}"; fi
  done
  say "CloudFormation did not take the signal $1" >&2
}

# ready WHAT: the end of a script that did what it should.
ready() {
  tell SUCCESS
  say "$* is ready"
}

# write_file NAME: standard input becomes a file of the installation, whole or not at all.
write_file() {
  cat >"$LEADLINE_HOME/$1.part"
  mv "$LEADLINE_HOME/$1.part" "$LEADLINE_HOME/$1"
}

# await_service NAME URL: until it answers at all, whoever signed its certificate; fails as soon as it has ended for good, and then
# says with which status: 128 and a signal's number where the service was killed.
await_service() {
  local deadline=$((SECONDS + 120))
  # shellcheck disable=SC2086 # it is several options, or none
  until curl ${FROM:-} --silent --insecure --output /dev/null --max-time 5 --noproxy '*' "$2"; do
    if ! service_runs "$1"; then
      service_log "$1" >&2
      service_status "$1"
      fail "the service $1 ended with status $STATUS; its log is above"
    elif ((SECONDS > deadline)); then
      service_log "$1" >&2
      fail "the service $1 does not answer at $2; its log is above"
    fi
    sleep 0.2
  done
  say "$1 answers at $2"
}

# start_app HOST: as the service APP, at APP_PORT. The timeout is above the 60 s for which an ALB keeps a connection: the side that reuses closes first.
start_app() {
  local id
  id=$(instance_id)
  write_file "${APP:=app}.env" <<EOF
LEADLINE_INSTANCE_ID=$id
LEADLINE_NUMBER=$NUMBER
LEADLINE_CLUSTER=$CLUSTER
LEADLINE_CLUSTER_PATHS=$CLUSTER_PATHS
LEADLINE_WORK_MILLIS=${WORK_MILLIS:-0}
EOF
  start_service "$APP" "$APP_PORT" "$(python)" -m uvicorn --app-dir "$LEADLINE_HOME" --factory main:application \
    --host "$1" --port "$APP_PORT" --backlog 4096 --timeout-keep-alive 75 --timeout-graceful-shutdown 10 \
    --no-access-log --log-level warning
  await_service "$APP" "http://$(loopback_host):$APP_PORT/health"
}
