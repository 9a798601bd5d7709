using Validation.Environments.Local;
using Validation.Environments.Local.Doctor;
using Validation.Environments.Local.Programs;
using Validation.Environments.Tests.Kit;

namespace Validation.Environments.Tests.Live;

[Collection(SystemTests.Name)]
[Trait("Kind", "System")]
public sealed class DoctorSystemTests
{
    [SkippableTheory]
    [InlineData(As.Root)]
    [InlineData(As.OrdinaryUser)]
    public void Doctor_MachineWhereSandboxesWork_FindsNothingButSpireMissing(As user)
    {
        Sandboxed.SkipUnlessPossible(user, "etcd", "patroni", "postgres", "pgbouncer", "haproxy");

        var seen = Sandboxed.Run(user, "doctor").Split('\n');

        // SPIRE lies next to the command line, not next to its tests.
        seen.Where(line => line.StartsWith(nameof(PrerequisiteState.Missing), StringComparison.Ordinal))
            .Should().OnlyContain(line => line.StartsWith("Missing SPIRE:", StringComparison.Ordinal));
        seen.Should().Contain(line => line.StartsWith("Met postgres: ", StringComparison.Ordinal))
            .And.Contain(line => line.StartsWith("Met nftables sets with timeout and counter: ", StringComparison.Ordinal))
            .And.Contain(line => line.StartsWith("Met namespaces: ", StringComparison.Ordinal));
    }

    // Where user namespaces are used up, root can still make all others; only the one for PostgreSQL is missing.
    [SkippableFact]
    public async Task Doctor_NoFurtherUserNamespaceAllowed_NamesExactlyThat()
    {
        Sandboxed.SkipUnlessPossible(As.OrdinaryUser);
        string[] command =
        [
            "unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--mount-proc",
            "sh", "-c", "echo 0 > /proc/sys/user/max_user_namespaces; exec \"$@\"", "sh",
            .. Sandboxed.CommandFor(As.Root, ["doctor"]),
        ];

        var result = await Tool.TryRunAsync(command, null, Tool.DefaultLimit, CancellationToken.None);

        result.Output.Split('\n').Where(line => line.StartsWith("Missing", StringComparison.Ordinal) && !line.Contains("SPIRE", StringComparison.Ordinal))
            .Should().ContainSingle().Which.Should().StartWith("Missing a user of its own for PostgreSQL: unshare: ");
    }

    /// <summary>Prints what the doctor found, a line for each.</summary>
    internal static async Task<int> PrintAsync()
    {
        var report = await new LocalDoctor(new LocalOptions(), TimeProvider.System).ExamineAsync(CancellationToken.None);
        foreach (var prerequisite in report.Prerequisites)
        {
            Console.WriteLine($"{prerequisite.State} {prerequisite.Name}: {prerequisite.Seen} {prerequisite.Remedy}".TrimEnd());
        }

        return 0;
    }
}
