# shellcheck shell=bash
# One of several machines on one computer, each with its own directory and loopback address: no root, nothing installed.

# The emulator asks for no signature, and nothing depends on its answer.
signal() {
  curl --silent --show-error --fail --output /dev/null --noproxy '*' --max-time 5 "${AWS_ENDPOINT_URL:-}/" \
    --header "Authorization: AWS4-HMAC-SHA256 Credential=${AWS_ACCESS_KEY_ID:-}/20000101/$REGION/cloudformation/aws4_request" \
    --data Action=SignalResource --data Version=2010-05-15 --data "Status=$1" --data "UniqueId=$LEADLINE_INSTANCE_ID" \
    --data-urlencode "StackName=$STACK_NAME" --data-urlencode "LogicalResourceId=$RESOURCE_ID" || true
}

for name in LEADLINE_MACHINE LEADLINE_INSTANCE_ID LEADLINE_PRIVATE_ADDRESS LEADLINE_PYTHON; do
  if [[ -z ${!name:-} ]]; then fail "$name is not set"; fi
done
cd "$LEADLINE_HOME" || fail "there is no directory $LEADLINE_HOME"

# All machines share one loopback: "for itself alone" is the machine's own address too.
listen_host() { echo "$LEADLINE_PRIVATE_ADDRESS"; }
loopback_host() { echo "$LEADLINE_PRIVATE_ADDRESS"; }
python() { echo "$LEADLINE_PYTHON"; }
java() { echo "$LEADLINE_JAVA"; }
instance_id() { echo "$LEADLINE_INSTANCE_ID"; }
policy() { echo "${LEADLINE_POLICY:-leadline}"; }

prepare_machine() {
  local limit
  limit=$(ulimit -H -n)
  if [[ $limit == unlimited ]] || ((limit > 65536)); then limit=65536; fi
  ulimit -S -n "$limit" # a thousand connections in one moment do not fit into the usual 1024
}
install_python() { "$LEADLINE_PYTHON" -c 'import fastapi, uvicorn'; }
install_java() { if [[ -z ${LEADLINE_JAVA:-} ]]; then fail "LEADLINE_JAVA is not set"; fi; }

# fetch_asset BUCKET KEY NAME
fetch_asset() {
  retry curl --silent --show-error --fail --noproxy '*' --output "$LEADLINE_HOME/$3.part" "$AWS_ENDPOINT_URL/$1/$2"
  mv "$LEADLINE_HOME/$3.part" "$LEADLINE_HOME/$3"
}

# start_service NAME PORT COMMAND...: in the background, in the script's process group; ends the one of an earlier run.
start_service() {
  local name=$1
  shift 2
  if service_runs "$name"; then stop_service "$name"; fi
  (
    set -a
    # shellcheck source=/dev/null
    if [[ -f $LEADLINE_HOME/$name.env ]]; then source "$LEADLINE_HOME/$name.env"; fi
    exec "$@"
  ) </dev/null >>"$LEADLINE_HOME/$name.log" 2>&1 &
  echo $! >"$LEADLINE_HOME/$name.pid"
}

provide_certificate() { fail "BALANCER_TLS is '$BALANCER_TLS'; allowed on this computer: none"; }
auto_stop() { :; } # processes cost nothing, and this must not power off the user's computer

# A process with that id in another folder is not the service: the id was reused.
service_runs() {
  local pid
  pid=$(cat "$LEADLINE_HOME/$1.pid" 2>/dev/null) && [[ /proc/$pid/cwd -ef $LEADLINE_HOME ]]
}
stop_service() {
  local pid
  pid=$(<"$LEADLINE_HOME/$1.pid")
  kill "$pid"
  for _ in {1..150}; do
    if ! service_runs "$1"; then return; fi
    sleep 0.1
  done
  kill -9 "$pid"
}
# Into STATUS: a subshell could not wait for what this shell has started.
# shellcheck disable=SC2034 # common.sh reads it
service_status() {
  STATUS=0
  wait "$(<"$LEADLINE_HOME/$1.pid")" || STATUS=$?
}
service_log() { tail -n 20 "$LEADLINE_HOME/$1.log"; }
