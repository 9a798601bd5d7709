# The same commands as run.sh, for PowerShell.
#
#   ./run.ps1                runs the quick-start scenario
#   ./run.ps1 test           runs all tests
#   ./run.ps1 COMMAND …      everything else: ./run.ps1 --help
#
# On Linux it hands over to run.sh. On Windows and macOS the local environment does not work, because it is made of
# Linux namespaces: there you can plan, judge, report and list, and run on a cluster; for local runs use WSL 2 or Linux.
$ErrorActionPreference = 'Stop'
$here = $PSScriptRoot

if ($IsLinux) {
    & "$here/run.sh" @args
    exit $LASTEXITCODE
}

if (-not (Get-Command dotnet -ErrorAction SilentlyContinue)) {
    Write-Error 'The .NET SDK 10 is missing. See https://dot.net/download.'
    exit 4
}

$env:VALIDATION_HOME = $here
$env:DOTNET_NOLOGO = '1'
$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
$command = if ($args.Count -gt 0) { $args[0] } else { 'run' }

if ($command -eq 'test') {
    # Tests that need Linux skip themselves and say so.
    dotnet test "$here/Validation.sln" --configuration Release @($args | Select-Object -Skip 1)
    exit $LASTEXITCODE
}

$isLocal = -not ($args -contains '--environment') -or ($args[[array]::IndexOf($args, '--environment') + 1] -eq 'local')
if ($isLocal -and $command -in 'run', 'up', 'down', 'status', 'logs') {
    Write-Host "'$command' needs the environment 'local', which works on Linux only (WSL 2 is Linux too). Here work: plan, judge, report, list, doctor, and run with --environment kubernetes."
    exit 4
}

dotnet build "$here/src/Validation.Cli" --configuration Release --verbosity quiet --nologo
if ($LASTEXITCODE -ne 0) { exit 4 }
dotnet "$here/artifacts/bin/Validation.Cli/release/Validation.Cli.dll" @args
exit $LASTEXITCODE
