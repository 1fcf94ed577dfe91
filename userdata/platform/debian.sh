# shellcheck shell=bash
# Debian 12, Ubuntu 24.04 and newer, whose python3 is maintained and new enough.
# Without the error mode, `update` is content with yesterday's lists where a source fails.
apt() {
  export DEBIAN_FRONTEND=noninteractive
  local options=(-o APT::Update::Error-Mode=any -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold)
  retry apt-get --quiet --quiet --yes "${options[@]}" "$@"
}

# The AWS CLI comes first, so that every later failure can be signalled.
update_packages() {
  apt update
  install_packages ca-certificates curl
  install_aws_cli
  apt upgrade
  install_ssm_agent
}
install_packages() { apt install --no-install-recommends "$@"; }
install_python_packages() { install_packages python3 python3-venv; }
base_python() { echo python3; }
install_java() { install_packages default-jre-headless; }

# Ubuntu 24.04 has it as a snap only.
install_aws_cli() {
  export PATH=$PATH:/snap/bin
  if command -v aws >/dev/null; then return; fi
  if command -v snap >/dev/null; then
    retry snap install aws-cli --classic
  else
    install_packages awscli
  fi
}
# Debian's image has no agent of Systems Manager; Ubuntu's has it as a snap. The lab serves without it.
install_ssm_agent() {
  local file=$LEADLINE_HOME/amazon-ssm-agent.deb source=https://s3.$REGION.amazonaws.com/amazon-ssm-$REGION
  if command -v snap >/dev/null || systemctl cat amazon-ssm-agent >/dev/null 2>&1; then return; fi
  if curl --silent --show-error --fail --retry 2 --connect-timeout 9 --output "$file" "$source/latest/debian_amd64/amazon-ssm-agent.deb"; then
    install_packages "$file"
    rm "$file"
  else
    say "without the agent of Systems Manager ./deploy.sh dashboard cannot reach this instance" >&2
  fi
}
signal() { signal_by_cli "$1"; }
