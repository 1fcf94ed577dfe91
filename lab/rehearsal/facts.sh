# shellcheck shell=sh
# Facts of one instance, a line NAME=VALUE each, for rehearsal. POSIX sh, which is what Systems Manager runs. A fact that
# cannot be had is empty. LEADLINE_MACHINE is set on the emulated machines: they have no systemd and no metadata service.
home=${LEADLINE_MACHINE:-${LEADLINE_ROOT:-}/opt/leadline}
python=${LEADLINE_PYTHON:-$home/venv/bin/python}
java=${LEADLINE_JAVA:-/usr/bin/java}
host=${LEADLINE_PRIVATE_ADDRESS:-127.0.0.1}
log=$home/user-data.log
if [ -z "${LEADLINE_MACHINE:-}" ]; then log=${LEADLINE_ROOT:-}/var/log/cloud-init-output.log; fi

fact() { printf '%s=%s\n' "$1" "$(printf '%s' "$2" | tr '\n' ' ')"; }
get() { curl --silent --noproxy '*' --max-time 10 "$@"; }

service() {
  if [ -n "${LEADLINE_MACHINE:-}" ]; then
    pid=$(cat "$home/$1.pid" 2>/dev/null)
    state=failed
    if [ "$(readlink "/proc/$pid/cwd")" = "$(cd "$home" && pwd -P)" ]; then state=active; fi
    errors=$(grep -c -E 'ERROR|Traceback' "$home/$1.log" 2>/dev/null)
  else
    unit=leadline-$1
    pid=$(systemctl show "$unit" --property=MainPID --value)
    state=$(systemctl is-active "$unit")
    fact "$1.boot" "$(systemctl is-enabled "$unit")"
    fact "$1.restarts" "$(systemctl show "$unit" --property=NRestarts --value)"
    errors=$(journalctl --quiet --no-pager --output=cat --unit "$unit" | grep -c -E 'ERROR|Traceback')
  fi
  fact "$1.state" "$state"
  fact "$1.errors" "$errors"
  fact "$1.files" "$(sed -n 's/^Max open files *\([^ ]*\) .*/\1/p' "/proc/$pid/limits" 2>/dev/null)"
}

fact system "$(. /etc/os-release && printf '%s' "$PRETTY_NAME")"
fact kernel "$(uname -r)"
fact script "$(grep -h ' leadline: ' "$log" 2>/dev/null | tail -n 1)"
if [ -e "$home/app.env" ]; then # not on a load generator
  fact python "$("$python" --version 2>&1)"
  service app
  fact health "$(get --output /dev/null --write-out '%{http_code}' "http://$host:8000/health")"
fi
if [ -z "${LEADLINE_MACHINE:-}" ]; then
  fact metadata "$(get --output /dev/null --write-out '%{http_code}' http://169.254.169.254/latest/meta-data/)"
  fact clock "$(timedatectl show --property=NTPSynchronized --value)"
  fact queue "$(cat /proc/sys/net/core/somaxconn)"
fi
if [ -e "$home/balancer.jar" ]; then
  service balancer
  fact java "$("$java" -version 2>&1 | head -n 1)"
  fact jar "$(sha256sum "$home/balancer.jar" | cut -d ' ' -f 1)"
  fact ready "$(get --output /dev/null --write-out '%{http_code}' "http://$host:9901/ready")"
  get "http://$host:9901/status" | "$python" -c '
import json, sys
status = json.load(sys.stdin)
print("transport=" + status["transport"], "version=" + status["version"], sep="\n")
for group in status["targetGroups"]:
    targets = group["targets"]
    healthy = sum(it["health"] == "healthy" for it in targets)
    print("group." + group["name"], f"{healthy}/{len(targets)}", sep="=")
'
fi
exit 0
