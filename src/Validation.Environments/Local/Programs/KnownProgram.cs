using System.Text.RegularExpressions;
using Validation.Core.Stacks;

namespace Validation.Environments.Local.Programs;

/// <summary>A program that the local environment needs.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Package">The Debian and Ubuntu package that has it.</param>
/// <param name="Purpose">What it is needed for.</param>
/// <param name="VersionArgument">What makes it say its version.</param>
internal sealed partial record KnownProgram(string Name, string Package, string Purpose, string VersionArgument = "--version")
{
    /// <summary>Gets the role without whose nodes a stack does not need it.</summary>
    /// <value>Null, the default: every stack needs it.</value>
    public string? OnlyFor { get; init; }

    /// <summary>The name of the program that lies in PostgreSQL's own directory.</summary>
    public const string Postgres = "postgres";

    /// <summary>Gets all that are needed.</summary>
    public static IReadOnlyList<KnownProgram> All { get; } =
    [
        new("unshare", "util-linux", "makes the namespaces"),
        new("setpriv", "util-linux", "ties the sandbox to the harness"),
        new("setsid", "util-linux", "gives the sandbox a session of its own"),
        new("nsenter", "util-linux", "starts programs inside a node's network"),
        new("prlimit", "util-linux", "takes limits of processes back"),
        new("ip", "iproute2", "lays the cables between the nodes", "-V"),
        new("nft", "nftables", "cuts links"),
        new("etcd", "etcd-server", "holds Patroni's leader lock"),
        new("patroni", "patroni", "decides which PostgreSQL is the primary"),
        new(Postgres, "postgresql", "is the database"),
        new("pgbouncer", "pgbouncer", "pools the servers' database connections"),
        new("haproxy", "haproxy", "balances the load"),
        new("faketime", "faketime", "sets clocks off"),
        new("dnsmasq", "dnsmasq-base", "answers for the names of nodes") { OnlyFor = Roles.Dns },
    ];

    /// <summary>Returns the program's full path, or null when it is not installed.</summary>
    public string? Find() => Name != Postgres ? ProgramFinder.Find(Name)
        : ProgramFinder.FindPostgresDirectory() is { } directory ? Path.Combine(directory, Name)
        : null;

    /// <summary>Returns the program's version as it says it itself; null when it is not installed or says none.</summary>
    /// <param name="cancellationToken">Ends the asking.</param>
    public async Task<string?> ReadVersionAsync(CancellationToken cancellationToken)
    {
        if (Find() is not { } path)
        {
            return null;
        }

        var result = await Tool.TryRunAsync([path, VersionArgument], null, Tool.DefaultLimit, cancellationToken);
        var version = Version().Match(result.Output + result.Errors);
        return version.Success ? version.Value : null;
    }

    [GeneratedRegex(@"\d+\.\d+(\.\d+)*")]
    private static partial Regex Version();
}
