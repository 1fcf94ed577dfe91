# shellcheck shell=bash
# A target: the application, reachable for the load balancers.
prepare_machine
install_python
start_app "$(listen_host)"
auto_stop "http://$(loopback_host):$APP_PORT/health"
ready "target $NUMBER of $CLUSTER"
