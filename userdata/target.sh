# shellcheck shell=bash
# shellcheck disable=SC2034 # common.sh reads APP
# A target: the application, reachable for the load balancers, in as many processes as there are tasks.
prepare_machine
install_python
if [[ -z $NUMBER ]]; then NUMBER=$(own_number); fi
counts=
for ((task = 0; task < ${TASKS:-1}; task++)); do
  if ((task)); then APP=app-$((++APP_PORT)); fi
  start_app "$(listen_host)"
  counts+=" http://$(loopback_host):$APP_PORT/health"
done
auto_stop "${counts# }"
ready "target $NUMBER of $CLUSTER"
