# shellcheck shell=bash
# Amazon Linux 2023. Its own python3 stays 3.9 for life: a maintained one goes beside it, never in its place.
CFN_SIGNAL=${LEADLINE_ROOT:-}/opt/aws/bin/cfn-signal

# Not every image has cfn-signal: it comes first, so that every later failure can be signalled.
update_packages() {
  install_packages aws-cfn-bootstrap
  retry dnf --assumeyes --quiet upgrade --releasever=latest
}
install_packages() { retry dnf --assumeyes --quiet install "$@"; }
install_python_packages() { install_packages python3.13; }
base_python() { echo python3.13; }
install_java() { install_packages java-25-amazon-corretto-headless; }

# cfn-signal needs no permission; the AWS CLI, which every image has, is for the time before it is installed.
signal() {
  local status=0
  if [[ ! -x $CFN_SIGNAL ]]; then
    signal_by_cli "$1"
    return
  fi
  if [[ $1 == FAILURE ]]; then status=1; fi
  "$CFN_SIGNAL" --exit-code "$status" --region "$REGION" --stack "$STACK_NAME" --resource "$RESOURCE_ID"
}
