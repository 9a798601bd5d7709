using Validation.Core;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Local.Doctor;

namespace Validation.Cli.Commands;

/// <summary>Makes sure that the packages the local environment needs are installed.</summary>
internal static class Prerequisites
{
    // What only the tests need: a browser for the reports, another implementation of HTTP/2.
    private static readonly (string Program, string Package)[] ForTests = [("busybox", "busybox-static"), ("chromium", "chromium"), ("h2load", "nghttp2-client"), ("kubectl", "kubernetes-client")];

    // What the harness is measured beside.
    private static readonly (string Program, string Package)[] ForBenches = [("h2load", "nghttp2-client"), ("openssl", "openssl")];

    /// <summary>Installs what is missing to bring stacks up, or says how to.</summary>
    /// <param name="host">The outside.</param>
    /// <param name="stacks">The stacks.</param>
    /// <param name="cancellationToken">Ends the installation.</param>
    /// <exception cref="HarnessException">Something is missing and may not be installed from here.</exception>
    public static Task EnsureAsync(CliHost host, IEnumerable<StackSpec> stacks, CancellationToken cancellationToken)
    {
        var roles = stacks.SelectMany(stack => stack.NodeNames()).Select(node => node.Role).ToHashSet();
        return EnsureAsync(host, () => [.. LocalDoctor.MissingPackages(roles)], cancellationToken);
    }

    /// <summary>Installs what is missing, or says how to.</summary>
    /// <param name="host">The outside.</param>
    /// <param name="forTests">Also what only the tests need.</param>
    /// <param name="cancellationToken">Ends the installation.</param>
    /// <exception cref="HarnessException">Something is missing and may not be installed from here.</exception>
    public static Task EnsureAsync(CliHost host, bool forTests, CancellationToken cancellationToken) =>
        EnsureAsync(host, () => [.. LocalDoctor.MissingPackages(forTests ? Roles.All.ToHashSet() : []), .. forTests ? PackagesOf(ForTests) : []], cancellationToken);

    /// <summary>Installs what is missing to measure the harness beside other programs, or says how to.</summary>
    /// <param name="host">The outside.</param>
    /// <param name="cancellationToken">Ends the installation.</param>
    /// <exception cref="HarnessException">Something is missing and may not be installed from here.</exception>
    public static Task EnsureForBenchesAsync(CliHost host, CancellationToken cancellationToken) =>
        EnsureAsync(host, () => [.. PackagesOf(ForBenches)], cancellationToken);

    private static async Task EnsureAsync(CliHost host, Func<List<string>> findMissing, CancellationToken cancellationToken)
    {
        var missing = findMissing();
        if (missing.Count == 0)
        {
            return;
        }

        await host.Errors.WriteLineAsync($"Installing {string.Join(", ", missing)} …");
        await PackageInstaller.InstallAsync(missing, host.Errors, cancellationToken);
        var still = findMissing();
        if (still.Count > 0)
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"apt-get ended well, but programs of {string.Join(", ", still)} are still not found.");
        }
    }

    private static IEnumerable<string> PackagesOf(IEnumerable<(string Program, string Package)> needs) =>
        needs.Where(need => !IsInPath(need.Program)).Select(need => need.Package);

    private static bool IsInPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));
}
