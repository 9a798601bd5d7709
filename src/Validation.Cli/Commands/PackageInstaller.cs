using System.Diagnostics;
using Validation.Core;

namespace Validation.Cli.Commands;

/// <summary>Installs Debian packages without starting their services: the harness starts what it needs itself.</summary>
internal static class PackageInstaller
{
    // Debian's own switch (see invoke-rc.d): while this program ends with 101, no package starts its service. And
    // postgresql-common makes no cluster while its configuration says so.
    private const string Script = """
        set -eu
        policy=/usr/sbin/policy-rc.d
        cluster=/etc/postgresql-common/createcluster.d/validation.conf
        cleanup() { [ -z "${made_policy:-}" ] || rm -f "$policy"; rm -f "$cluster"; }
        trap cleanup EXIT
        if [ ! -e "$policy" ]; then printf '#!/bin/sh\nexit 101\n' > "$policy"; chmod 755 "$policy"; made_policy=1; fi
        mkdir -p "$(dirname "$cluster")"
        printf 'create_main_cluster = false\n' > "$cluster"
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -q
        apt-get install -q -y --no-install-recommends "$@"
        """;

    /// <summary>Installs packages when this user may: as root, or through sudo where it asks for no password.</summary>
    /// <param name="packages">The packages.</param>
    /// <param name="log">Gets what apt-get says.</param>
    /// <param name="cancellationToken">Ends the installation.</param>
    /// <exception cref="HarnessException">This user may not, or apt-get failed; the message has the command to type.</exception>
    public static async Task InstallAsync(IReadOnlyCollection<string> packages, TextWriter log, CancellationToken cancellationToken)
    {
        var command = $"sudo apt-get install --no-install-recommends {string.Join(' ', packages)}";
        if (!File.Exists("/usr/bin/apt-get"))
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"Missing: {string.Join(", ", packages)}. There is no apt-get here.", "Install them by the means of your system.");
        }

        string[] privileged = Environment.IsPrivilegedProcess ? [] : ["sudo", "-n"];
        if (privileged.Length > 0 && await RunAsync(["sudo", "-n", "true"], TextWriter.Null, cancellationToken) != 0)
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"Missing: {string.Join(", ", packages)}.", $"Type: {command}");
        }

        var exitCode = await RunAsync([.. privileged, "sh", "-c", Script, "install", .. packages], log, cancellationToken);
        if (exitCode != 0)
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"apt-get ended with {exitCode}; its output is above.", $"Type: {command}");
        }
    }

    private static async Task<int> RunAsync(IReadOnlyList<string> command, TextWriter log, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var process = Process.Start(start)!;
            process.OutputDataReceived += (_, line) => log.WriteLine(line.Data);
            process.ErrorDataReceived += (_, line) => log.WriteLine(line.Data);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // There is no such program, sudo for example.
            return -1;
        }
    }
}
