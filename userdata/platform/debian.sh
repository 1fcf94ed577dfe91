# shellcheck shell=bash
# Debian 12 and newer, whose python3 is maintained and new enough.
apt() {
  DEBIAN_FRONTEND=noninteractive retry apt-get --quiet --quiet --yes -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold "$@"
}
update_packages() {
  apt update
  apt upgrade
}
install_packages() { apt install --no-install-recommends "$@"; }
install_python_packages() { install_packages python3 python3-venv ca-certificates curl; }
base_python() { echo python3; }
install_java() { install_packages default-jre-headless awscli; }
