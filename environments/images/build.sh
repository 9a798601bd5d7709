#!/usr/bin/env bash
# Builds the images that are ours, by the names in ../kubernetes/images/images.yaml.
#
#   build.sh [IMAGE …]            postgres-ha, harness; both when none is named
#     --base IMAGE=BASE           another base, for example --base postgres-ha=debian:13-slim
#     --dotnet DIRECTORY          a .NET runtime to put in, for bases without one, for example /usr/share/dotnet
#     --save DIRECTORY            also saves each image there as IMAGE.tar
#     --engine PROGRAM            docker (the default), or what takes the same arguments, such as podman
#
# The bases and the packages come from the network unless the base has all of them; see README.md in ../kubernetes.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
engine=docker dotnet='' save=''
declare -A bases=()
images=()

refuse() { echo "build.sh: $1" >&2; exit 3; }
known() { [ "$1" = postgres-ha ] || [ "$1" = harness ] || refuse "there is no image '$1'; there are postgres-ha and harness."; }

while [ $# -gt 0 ]; do
  case $1 in
    --base | --dotnet | --save | --engine) [ $# -ge 2 ] || refuse "$1 needs a value." ;;&
    --base)
      [[ $2 == *=?* ]] || refuse "--base $2: IMAGE=BASE is expected."
      known "${2%%=*}"
      bases[${2%%=*}]=${2#*=}
      shift 2
      ;;
    --dotnet) [ -x "$2/dotnet" ] || refuse "--dotnet $2: there is no program 'dotnet' in it."; dotnet=$2; shift 2 ;;
    --save) save=$2; shift 2 ;;
    --engine) engine=$2; shift 2 ;;
    -h | --help) sed -n '2,/^[^#]/{ s/^# \{0,1\}//p; }' "${BASH_SOURCE[0]}"; exit 0 ;;
    -*) refuse "there is no option '$1'; see --help." ;;
    *) known "$1"; images+=("$1"); shift ;;
  esac
done
[ ${#images[@]} -gt 0 ] || images=(postgres-ha harness)
command -v "$engine" > /dev/null || { echo "build.sh: '$engine' is not in PATH." >&2; exit 4; }

context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT

prepare_harness() {
  mkdir "$context/harness/dotnet"
  # Compiled ahead of time: a dozen processes of a stack start at once, and would compile the same methods at once.
  dotnet publish "$root/src/Validation.Cli" --configuration Release --output "$context/harness/publish" \
    --os linux --self-contained false -p:PublishReadyToRun=true --disable-build-servers -nodeReuse:false -p:UseSharedCompilation=false -v:quiet
  if [ -n "$dotnet" ]; then
    # What runs programs, and nothing of the SDK.
    mkdir -p "$context/harness/dotnet/shared"
    cp -a "$dotnet/dotnet" "$dotnet/host" "$context/harness/dotnet/"
    for framework in Microsoft.NETCore.App Microsoft.AspNetCore.App; do
      mkdir "$context/harness/dotnet/shared/$framework"
      cp -a "$dotnet/shared/$framework/"10.* "$context/harness/dotnet/shared/$framework/"
    done
  fi
}

name_of() { sed -n "s/^  $1: *//p" "$here/../kubernetes/images/images.yaml"; }

for image in "${images[@]}"; do
  name=$(name_of "$image")
  cp -a "$here/$image" "$context/"
  [ "$image" != harness ] || prepare_harness
  arguments=(build --tag "$name")
  [ -z "${bases[$image]:-}" ] || arguments+=(--build-arg "BASE=${bases[$image]}")
  "$engine" "${arguments[@]}" "$context/$image"
  if [ -n "$save" ]; then
    mkdir -p "$save"
    "$engine" save --output "$save/$image.tar" "$name"
  fi
  echo "$name"
done
