#!/usr/bin/env bash
# Brings the stack up without the harness, to look at it or to try a change, and takes it down.
#
#   by-hand.sh up OVERLAY [KUBECTL OPTION …]     embedded, official or small
#   by-hand.sh down [KUBECTL OPTION …]
#
# It makes what the harness makes for a run: passwords, a certificate for each Kubernetes node, the bundle for the agents.
# KUBECTL OPTIONs come first in every call: --kubeconfig FILE, --context NAME.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
namespace=spire-validation

refuse() { echo "by-hand.sh: $1" >&2; exit 3; }
progress() { echo "== $1" >&2; }
k() { kubectl "${options[@]}" --namespace "$namespace" "$@"; }
labelled() { k label --local --filename - --output yaml app.kubernetes.io/part-of=validation validation/run=by-hand; }
made() { k create "$@" --dry-run=client --output yaml | labelled | k apply --filename - > /dev/null; }

make_passwords() {
  k get secret database > /dev/null 2>&1 && return
  local user
  for user in superuser replication rewind spire harness; do
    openssl rand -hex 16 | tr -d '\n' > "$work/$user"
  done
  made secret generic database --from-file="$work/superuser" --from-file="$work/replication" --from-file="$work/rewind" \
    --from-file="$work/spire" --from-file="$work/harness"
}

make_node_identities() {
  k get secret node-identities > /dev/null 2>&1 && return
  local node files=()
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj '/CN=validation node authority' \
    -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign \
    -keyout "$work/authority.key" -out "$work/node-authority.pem" 2> /dev/null
  for node in $(k get nodes --output 'jsonpath={.items[*].metadata.name}'); do
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$node" \
      -keyout "$work/$node.key" -out "$work/request" 2> /dev/null
    # The attestor's challenge is a signature, so the certificate must allow it.
    openssl x509 -req -in "$work/request" -CA "$work/node-authority.pem" -CAkey "$work/authority.key" -CAcreateserial -days 30 \
      -extfile <(printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n') -out "$work/$node.pem" 2> /dev/null
    files+=(--from-file="$work/$node.pem" --from-file="$work/$node.key")
  done
  made configmap node-authority --from-file="$work/node-authority.pem"
  made secret generic node-identities "${files[@]}"
}

make_bundle() {
  k exec spire-server-1 --container spire-server -- \
    /opt/spire/bin/spire-server bundle show -socketPath /run/spire/server/private/api.sock > "$work/bundle.pem"
  made configmap spire-bundle --from-file="$work/bundle.pem"
}

# Why a rollout does not end is told by the pods and their events.
explain() {
  progress 'it did not come up'
  k get pods --output wide >&2 || :
  k get events --field-selector type=Warning --sort-by=.lastTimestamp 2> /dev/null | tail -n 15 >&2 || :
}

up() {
  kubectl "${options[@]}" apply --filename "$here/namespaces/namespaces.yaml"
  progress 'secrets'
  make_passwords
  make_node_identities
  progress 'the stack'
  kubectl "${options[@]}" apply --kustomize "$here/overlays/$overlay"
  k rollout status statefulset/postgres --timeout 180s
  k rollout status statefulset/spire-server --timeout 180s
  progress 'the bundle, for which the agents wait'
  make_bundle
  # A pod that found no bundle tries again after minutes only; a new one finds it at once.
  k delete pods --selector validation/role=spire-agent --wait=false > /dev/null
  k rollout status daemonset/spire-agent --timeout 180s
  k rollout status daemonset/workload --timeout 60s
  k get pods --output wide
}

case ${1:-} in
  up)
    [ $# -ge 2 ] && [ -f "$here/overlays/$2/kustomization.yaml" ] || refuse "an overlay is expected: $(cd "$here/overlays" && echo *)."
    overlay=$2 options=("${@:3}")
    work=$(umask 077 && mktemp -d)
    trap 'status=$?; rm -rf "$work"; [ $status -eq 0 ] || explain' EXIT
    up
    ;;
  down)
    options=("${@:2}")
    kubectl "${options[@]}" delete --ignore-not-found --filename "$here/namespaces/namespaces.yaml"
    ;;
  *) sed -n '2,/^[^#]/{ s/^# \{0,1\}//p; }' "${BASH_SOURCE[0]}" >&2; exit 3 ;;
esac
