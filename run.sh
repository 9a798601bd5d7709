#!/usr/bin/env bash
# Builds the harness when its sources are newer than the last build, and passes everything on to it.
#
#   ./run.sh                 installs what is missing, brings up the local stack, runs the quick-start scenario
#   ./run.sh test            installs what is missing, runs all tests
#   ./run.sh COMMAND …       everything else: ./run.sh --help
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cli=$here/artifacts/bin/Validation.Cli/release/Validation.Cli.dll
stamp=$here/artifacts/built

export VALIDATION_HOME=$here
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
# Diagnostic sockets in /tmp would outlive a killed harness.
export DOTNET_EnableDiagnostics=0
# With 2 processors .NET keeps 64 idle buffers of a size; more concurrent calls than that would allocate 24 KB each.
export DOTNET_SYSTEM_BUFFERS_SHAREDARRAYPOOL_MAXARRAYSPERPARTITION=256
# Each thread's share of OpenSSL's memory would be a heap of its own, eight for each processor, and most of each stays unused.
export MALLOC_ARENA_MAX=$((2 * $(getconf _NPROCESSORS_ONLN)))
# Build servers would outlive this command.
no_servers=(--disable-build-servers -nodeReuse:false -p:UseSharedCompilation=false)

command -v dotnet > /dev/null || {
  echo "The .NET SDK 10 is missing. See https://dot.net/download, or install the package dotnet-sdk-10.0." >&2
  exit 4
}

sources_are_newer() {
  [ ! -e "$stamp" ] || [ ! -e "$cli" ] ||
    [ -n "$(find "$here/src" "$here"/Directory.* "$here/global.json" "$here/.editorconfig" -newer "$stamp" -print -quit)" ]
}

build() {
  local log
  mkdir -p "$here/artifacts"
  log=$here/artifacts/build.log
  echo "Building …" >&2
  if ! dotnet build "$1" --configuration Release "${no_servers[@]}" > "$log" 2>&1; then
    cat "$log" >&2
    exit 4
  fi
}

run_cli() {
  if sources_are_newer; then
    build "$here/src/Validation.Cli"
    touch "$stamp"
  fi
  exec dotnet "$cli" "$@"
}

# Names every test that failed, with the first and the last lines of its message, for those who see no more than the end of a long log.
failures() {
  cat "$1"/*.trx 2> /dev/null | awk '
    /<UnitTestResult / { failed = /outcome="Failed"/; if (failed && match($0, /testName="[^"]*"/)) print "FAILED " substr($0, RSTART + 10, RLENGTH - 11) }
    failed && /<Message>/ { inside = 1; count = 0 }
    failed && inside && !/^ +at / { line = $0; gsub(/^ *<Message>|<\/Message>.*/, "", line); lines[count++] = "  " line }
    failed && inside && /<\/Message>/ { for (i = 0; i < count; i++) { if (i < 3 || i >= count - 12) print lines[i]; else if (i == 3) print "  ..." } }
    /<\/Message>/ { inside = 0 }' | sed 's/&quot;/"/g; s/&lt;/</g; s/&gt;/>/g; s/&#x[dD];//g; s/&#x[aA];/ /g; s/&amp;/\&/g' || true
}

run_tests() {
  build "$here/Validation.sln"
  touch "$stamp"
  dotnet "$cli" doctor --install --for-tests
  local results status passed failed skipped
  results=$here/artifacts/test-results
  rm -rf "$results"
  status=0
  # Two projects at a time, but those that bring up stacks one after the other: they need the processors for themselves.
  local light=() alone=() project name
  for project in "$here"/tests/*/*Tests.csproj; do
    name=$(basename "$project" .csproj)
    case $name in
      Validation.Environments.Tests | Validation.SystemTests) alone+=("$here/artifacts/bin/$name/release/$name.dll") ;;
      *) light+=("$here/artifacts/bin/$name/release/$name.dll") ;;
    esac
  done
  # What follows a -- of the user's are settings, as those here are.
  local options=()
  while [ "$#" -gt 0 ] && [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  [ "$#" -eq 0 ] || shift
  local settings=("$@")
  test_some() {
    local at_once=$1
    shift
    dotnet test --logger "console;verbosity=normal" --logger trx --results-directory "$results" "$@" "${options[@]}" \
      -- "RunConfiguration.MaxCpuCount=$at_once" "${settings[@]}" || status=$?
  }
  test_some 2 "${light[@]}"
  test_some 1 "${alone[@]}"
  count() { cat "$results"/*.trx 2> /dev/null | grep -o "<Counters [^>]*" | grep -o " $1=\"[0-9]*\"" | tr -dc '0-9\n' | awk '{ sum += $1 } END { print sum + 0 }' || true; }
  passed=$(count passed)
  failed=$(($(count failed) + $(count error) + $(count timeout) + $(count aborted)))
  skipped=$(($(count total) - $(count executed)))
  # A test host that crashed, or a project without a result, is a failure although no test says so.
  if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
  failures "$results"
  [ "$skipped" -eq 0 ] || echo "$skipped skipped; each says above which capability is missing."
  echo "$passed passed, $failed failed"
  [ "$status" -eq 0 ] && [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

case "${1:-}" in
  "") run_cli run ;;
  test) shift; run_tests "$@" ;;
  *) run_cli "$@" ;;
esac
