# shellcheck shell=bash
# A machine of its own with systemd, cloud metadata and root: what amazon.sh and debian.sh share.

listen_host() { echo 0.0.0.0; }
loopback_host() { echo 127.0.0.1; }
python() { echo "$LEADLINE_HOME/venv/bin/python"; }
java() { echo /usr/bin/java; }

# imds PATH: what EC2 says of this instance. Session tokens only (IMDSv2). Short, as every script that EC2 takes.
imds() {
  at=http://169.254.169.254/latest
  k=$(retry curl --silent --fail --max-time 5 --request PUT --header 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$at/api/token")
  retry curl --silent --fail --max-time 5 --header "X-aws-ec2-metadata-token: $k" "$at/meta-data/$1"
}
instance_id() { imds instance-id; }
policy() { imds tags/instance/leadline:policy; }

# Where there is no cfn-signal; the instance's role must allow it.
signal_by_cli() {
  aws cloudformation signal-resource --region "$REGION" --stack-name "$STACK_NAME" --logical-resource-id "$RESOURCE_ID" \
    --unique-id "$(instance_id)" --status "$1"
}

# A burst is a thousand connections in the same moment: none may be turned away for want of room in a queue. Ports are no
# such room: the balancer has at most 1024 connections to a target, and the kernel 28,000 ports for each target.
prepare_machine() {
  update_packages
  id leadline >/dev/null 2>&1 || useradd --system --home-dir "$LEADLINE_HOME" --shell /usr/sbin/nologin leadline
  mkdir -p "$LEADLINE_ROOT/etc/sysctl.d"
  printf '%s\n' 'net.core.somaxconn = 4096' 'net.ipv4.tcp_max_syn_backlog = 8192' >"$LEADLINE_ROOT/etc/sysctl.d/90-leadline.conf"
  sysctl --quiet --load "$LEADLINE_ROOT/etc/sysctl.d/90-leadline.conf"
}

install_python() {
  install_python_packages
  "$(base_python)" -m venv "$LEADLINE_HOME/venv"
  retry "$(python)" -m pip install --quiet --no-cache-dir --disable-pip-version-check \
    --require-hashes --only-binary :all: --requirement "$LEADLINE_HOME/requirements.txt"
}

# fetch_asset BUCKET KEY NAME
fetch_asset() {
  retry aws s3 cp --region "$REGION" --only-show-errors "s3://$1/$2" "$LEADLINE_HOME/$3.part"
  mv "$LEADLINE_HOME/$3.part" "$LEADLINE_HOME/$3"
}

# provide_certificate DIRECTORY: a pair made here is kept, so that a second run changes nothing; a secret is read again.
WRITE_PAIR='import json, sys; s = json.load(sys.stdin); [open(f"{sys.argv[1]}/{k}", "w").write(s[k]) for k in ("certificate", "key")]'
provide_certificate() {
  local pair
  if [[ $BALANCER_TLS == self-signed && -e $1/key ]]; then return; fi
  rm -rf "$1.part"
  mkdir -m 700 "$1.part"
  if [[ $BALANCER_TLS != self-signed ]]; then
    pair=$(retry aws secretsmanager get-secret-value --region "$REGION" --secret-id "$BALANCER_TLS" --query SecretString --output text)
    "$(python)" -c "$WRITE_PAIR" "$1.part" <<<"$pair" 2>/dev/null || fail "the secret $BALANCER_TLS is not {\"certificate\": PEM, \"key\": PEM}"
  else
    install_packages openssl
    openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN=leadline -keyout "$1.part/key" -out "$1.part/certificate" 2>&1
  fi
  chmod 400 "$1.part/"*
  chown -R leadline: "$1.part"
  rm -rf "$1"
  mv "$1.part" "$1"
}

# start_service NAME PORT COMMAND...: restarted where it ran before; a port below 1024 is the one privilege it may have.
start_service() {
  local name=$1 capabilities=
  if (($2 < 1024)); then capabilities=CAP_NET_BIND_SERVICE; fi
  shift 2
  mkdir -p "$LEADLINE_ROOT/etc/systemd/system"
  cat >"$LEADLINE_ROOT/etc/systemd/system/leadline-$name.service" <<EOF
[Unit]
Description=Leadline $name
Wants=network-online.target
After=network-online.target

[Service]
User=leadline
WorkingDirectory=$LEADLINE_HOME
EnvironmentFile=-$LEADLINE_HOME/$name.env
ExecStart=$*
Restart=on-failure
RestartSec=1
LimitNOFILE=65536
LockPersonality=yes
AmbientCapabilities=$capabilities
CapabilityBoundingSet=$capabilities
NoNewPrivileges=yes
PrivateDevices=yes
PrivateTmp=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=strict
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service

[Install]
WantedBy=multi-user.target
EOF
  systemctl daemon-reload
  systemctl --quiet enable "leadline-$name"
  systemctl restart "leadline-$name"
}

# auto_stop "URL...": every minute a look at the counts of requests there; powers off when it has not changed for AUTO_STOP_MINUTES.
# /run is empty after a boot: a boot counts as a request. A service that does not answer does not.
auto_stop() {
  local units=$LEADLINE_ROOT/etc/systemd/system
  if ((${AUTO_STOP_MINUTES:-0} == 0)); then return; fi
  write_file auto-stop.sh <<EOF
seen=/run/leadline-requests
[[ -e \$seen ]] || touch \$seen
now=\$(curl -s --max-time 5 --noproxy '*' $1 | grep -E '"requests"|^leadline_requests_total')
if [[ -n \$now && \$now != "\$(cat \$seen)" ]]; then echo "\$now" >\$seen; fi
if ((\$(date +%s) - \$(stat -c %Y \$seen) >= $AUTO_STOP_MINUTES * 60)); then
  echo "no request for $AUTO_STOP_MINUTES minutes: powering off"
  systemctl poweroff
fi
EOF
  printf '%s\n' '[Service]' Type=oneshot "ExecStart=/bin/bash $LEADLINE_HOME/auto-stop.sh" >"$units/leadline-auto-stop.service"
  printf '%s\n' '[Timer]' OnCalendar=minutely '[Install]' WantedBy=timers.target >"$units/leadline-auto-stop.timer"
  systemctl daemon-reload
  systemctl --quiet enable --now leadline-auto-stop.timer
}

service_runs() { ! systemctl --quiet is-failed "leadline-$1"; }
# shellcheck disable=SC2034 # common.sh reads it
service_status() { STATUS=$(systemctl show --property ExecMainStatus --value "leadline-$1"); }
service_log() { journalctl --no-pager --lines 20 --unit "leadline-$1"; }
