# shellcheck shell=bash
# What only a member of an Auto Scaling group needs.

# From the last two parts of the address: unique in the VPC for as long as the instance lives, and none that the template gives.
own_number() {
  local address third fourth
  address=$(private_address)
  IFS=. read -r _ _ third fourth <<<"$address"
  echo $((1000 + third * 256 + fourth))
}

# Balancers that tell each other have one secret. The key of their sticky sessions is made of it: who learns the one does not know
# the other. The group ends a member when its draining is over; drain.sh tells the balancer when it begins.
STICKY='import hashlib, sys; print(hashlib.sha256(b"sticky" + sys.stdin.buffer.readline().strip()).hexdigest())'
# shellcheck disable=SC2034 # common.sh reads the number
join_group() {
  local secret sticky
  NUMBER=$(own_number)
  secret=$(group_secret)
  (umask 077 && write_file group.secret <<<"$secret")
  own_file group.secret
  sticky=$("$(python)" -c "$STICKY" <<<"$secret")
  chmod 640 "$LEADLINE_HOME/balancer.yaml"
  own_file balancer.yaml
  sed -i "s|@HOME@|$LEADLINE_HOME|g;s|@SECRET@|$sticky|g" "$LEADLINE_HOME/balancer.yaml"
  watch_lifecycle
}
