# shellcheck shell=bash
# Disturbs the application of this target, and brings it back whatever happens. The lines before this one set `steps`:
# kind, factor, beginning and end in milliseconds from now, for each disturbance. Each beginning and each end is
# printed with the time of this machine's clock.
set -euo pipefail
export LC_ALL=C
began=${EPOCHREALTIME/./}
# A script goes on when its benchmark was interrupted: two of them would mend each other's disturbances.
exec {lock}>"${LEADLINE_MACHINE:-/run}/leadline-disturb.lock"
flock -n "$lock" || {
  echo "an earlier run still disturbs this target: wait for its end" >&2
  exit 1
}

say() { printf '%s %s %s\n' "$1" "$kind" "$EPOCHREALTIME"; }
fail() {
  echo "$*" >&2
  exit 1
}

# nap MICROSECONDS: without a process for each of them.
exec {never}<> <(:)
nap() {
  local seconds
  if (($1 <= 0)); then return; fi
  printf -v seconds '%d.%06d' $(($1 / 1000000)) $(($1 % 1000000))
  read -rt "$seconds" -u "$never" || :
}
# nap_until MILLISECONDS: since this script began.
nap_until() { nap $((began + $1 * 1000 - ${EPOCHREALTIME/./})); }

if [[ -n ${LEADLINE_MACHINE:-} ]]; then # one of several machines on one computer
  as_app=()
  app_pid() { cat "$LEADLINE_MACHINE/app.pid"; }
  app_stop() { kill -KILL "$pid"; }
  app_start() {
    (cd "$LEADLINE_MACHINE" && exec env -i "${environment[@]}" "${command[@]}") </dev/null >>"$LEADLINE_MACHINE/app.log" 2>&1 {lock}>&- &
    echo $! >"$LEADLINE_MACHINE/app.pid"
  }
  # All machines share one network device: a process that neither reads nor answers is as near as it gets.
  network_cut() { kill -STOP "$pid"; }
  network_mend() { kill -CONT "$pid"; }
else
  # The stand-in serves the network, and its program's name comes from the application: not as root.
  as_app=(setpriv --reuid=leadline --regid=leadline --init-groups --no-new-privs --)
  app_pid() { systemctl show --property MainPID --value leadline-app; }
  app_stop() {
    systemctl kill --signal KILL leadline-app
    systemctl stop leadline-app # or systemd starts it again after a second
  }
  app_start() { systemctl start leadline-app; }
  # Nothing more is sent to those who have a connection now: both balancers. Systems Manager is reached by another way.
  network_cut() {
    mapfile -t peers < <(ss -Hnt state established "( sport = :$port )" | awk '{sub(/:[0-9]+$/, "", $4); gsub(/\[|\]|::ffff:/, "", $4); print $4}' | sort -u)
    if ((${#peers[@]} == 0)); then fail "no balancer has a connection to port $port"; fi
    for peer in "${peers[@]}"; do ip route replace blackhole "$peer"; done
  }
  network_mend() {
    for peer in "${peers[@]}"; do ip route del blackhole "$peer" || :; done
  }
fi

# option NAME: the value of an option of the application.
option() {
  local i
  for ((i = 0; i < ${#command[@]} - 1; i++)); do
    if [[ ${command[i]} == "$1" ]]; then echo "${command[i + 1]}"; fi
  done
}

# Answers everything but health checks with 500.
responder='
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536
    def do_GET(self):
        healthy = self.path == "/health"
        body = b"{\"status\": \"ok\"}" if healthy else b"disturbed"
        self.send_response(200 if healthy else 500)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_GET
    def log_message(self, *_):
        pass
class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 4096
    daemon_threads = True
Server((sys.argv[1], int(sys.argv[2])), Answer).serve_forever()
'

# disturb KIND
disturb() {
  pid=$(app_pid)
  # A process in another folder is not this machine's: its number was used again.
  if ((pid <= 0)) || ! kill -0 "$pid" 2>/dev/null || [[ -n ${LEADLINE_MACHINE:-} && ! /proc/$pid/cwd -ef $LEADLINE_MACHINE ]]; then
    fail "the application does not run"
  fi
  mapfile -d '' -t command <"/proc/$pid/cmdline"
  mapfile -d '' -t environment <"/proc/$pid/environ"
  port=$(option --port)
  stand_in=
  peers=()
  kind=$1
  say begun
  case $kind in
    slow) slow ;;
    freeze) kill -STOP "$pid" ;;
    kill) app_stop ;;
    fail)
      app_stop
      "${as_app[@]}" "${command[0]}" -c "$responder" "$(option --host)" "$port" </dev/null >/dev/null 2>&1 {lock}>&- &
      stand_in=$!
      ;;
    cut_off) network_cut ;;
  esac
}

# The process runs for a part of the time. Where the application waits for a set time instead of working, a pause ends that
# wait for as many requests as it serves at a time: one such pause for each service time times the factor.
slow() {
  local run=10000 period=$((10000 * percent / 100)) last=$((began + until * 1000))
  if [[ -n ${LEADLINE_SERVICE_MILLIS:-} ]]; then
    period=$((LEADLINE_SERVICE_MILLIS * 10 * percent))
    run=$((LEADLINE_SERVICE_MILLIS * 500))
  fi
  while ((${EPOCHREALTIME/./} < last)); do
    kill -STOP "$pid"
    local left=$((last - ${EPOCHREALTIME/./}))
    nap $((period - run < left ? period - run : left))
    kill -CONT "$pid"
    nap "$run"
  done
}

bring_back() {
  case $kind in
    slow | freeze) kill -CONT "$pid" ;;
    kill) app_start ;;
    fail)
      kill -KILL $stand_in 2>/dev/null || :
      wait $stand_in 2>/dev/null || :
      app_start
      ;;
    cut_off) network_mend ;;
  esac
  say ended
  kind=
}

kind=
trap 'if [[ -n $kind ]]; then bring_back; fi' EXIT
trap 'exit 1' TERM INT HUP
for step in "${steps[@]}"; do
  read -r next percent from until <<<"$step"
  nap_until "$from"
  disturb "$next"
  nap_until "$until"
  bring_back
done
