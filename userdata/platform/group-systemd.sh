# shellcheck shell=bash
# A member of a group that is a machine of its own.
private_address() { imds local-ipv4; }
group_secret() { retry aws secretsmanager get-secret-value --region "$REGION" --secret-id "$GROUP_SECRET" --query SecretString --output text; }
own_file() { chown leadline: "$LEADLINE_HOME/$1"; }

# A unit of its own, because the balancer's user may stop no service. systemd waits longer for the balancer's end than its
# shutdownDelay (85 s) and shutdown (30 s) take together. Metadata that cannot be read says nothing of the state; the token may have
# ended then.
watch_lifecycle() {
  local units=$LEADLINE_ROOT/etc/systemd/system
  mkdir -p "$units/leadline-balancer.service.d"
  printf '%s\n' '[Service]' TimeoutStopSec=150 >"$units/leadline-balancer.service.d/group.conf"
  write_file drain.sh <<'EOF'
at=http://169.254.169.254/latest
until [[ $state == Terminated ]]; do
sleep 1
state=$(curl -sf --max-time 5 -H "X-aws-ec2-metadata-token: $k" $at/meta-data/autoscaling/target-lifecycle-state) ||
k=$(curl -sf --max-time 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 21600' $at/api/token)
done
until systemctl stop leadline-balancer; do sleep 5; done
EOF
  printf '%s\n' '[Service]' "ExecStart=/bin/bash $LEADLINE_HOME/drain.sh" Restart=on-failure '[Install]' WantedBy=multi-user.target >"$units/leadline-drain.service"
  systemctl daemon-reload
  systemctl --quiet enable leadline-drain
  systemctl restart leadline-drain
}
