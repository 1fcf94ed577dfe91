# shellcheck shell=bash
# Amazon Linux 2023. Its own python3 stays 3.9 for life: a maintained one goes beside it, never in its place.
update_packages() { retry dnf --assumeyes --quiet upgrade --releasever=latest; }
install_packages() { retry dnf --assumeyes --quiet install "$@"; }
install_python_packages() { install_packages python3.13; }
base_python() { echo python3.13; }
install_java() { install_packages java-25-amazon-corretto-headless; }
