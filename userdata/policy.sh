# shellcheck shell=bash
# The policy $1, a name or JSON, for every target group of the balancer on this machine. lab/ runs this over Systems
# Manager. The balancer goes on serving: it reads its configuration again. What it refuses is not kept, and the last line
# says why. What it took is printed: the policies that are in force, each once, so that lab/ can compare balancers.
set -euo pipefail
umask 022
cd "${LEADLINE_MACHINE:-/opt/leadline}"

cp -p balancer.yaml balancer.yaml.part # a group's may not be read by everybody
while IFS= read -r line; do
  if [[ $line == '    policy: '* ]]; then line="    policy: $1"; fi
  printf '%s\n' "$line"
done <balancer.yaml >balancer.yaml.part
ln -f balancer.yaml balancer.yaml.former
mv balancer.yaml.part balancer.yaml
admin=$(sed -n 's/^admin: {host: "\([^"]*\)", port: \([0-9]*\)}$/\1:\2/p' balancer.yaml)
if ! answer=$(curl --silent --show-error --fail-with-body --noproxy '*' --max-time 30 --request POST "http://$admin/reload" 2>&1); then
  mv balancer.yaml.former balancer.yaml
  printf '%s\n' "$answer" | grep -v '^curl: (22)' >&2 || :
  exit 1
fi
rm balancer.yaml.former
curl --silent --show-error --fail --noproxy '*' --max-time 30 "http://$admin/status" | sed -n 's/^ *"policy" *: *"\([^"]*\)".*/\1/p' | sort -u
