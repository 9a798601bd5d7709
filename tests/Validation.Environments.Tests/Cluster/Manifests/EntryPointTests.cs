using System.Diagnostics;
using Validation.Environments.Local.Programs;
using Validation.Environments.Tests.Kit;

namespace Validation.Environments.Tests.Cluster.Manifests;

/// <summary>The entry points of the image <c>postgres-ha</c>, with a stand-in for the program that they run in the end.</summary>
public sealed class EntryPointTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("validation-entry-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 5)]
    public void RunHaProxy_ForAStackOfAnySize_NamesEveryNodeOnce(int databases, int servers)
    {
        StandInFor("haproxy", "echo \"$@\"");

        var output = Run("run-haproxy", "haproxy.cfg", ("POSTGRES", $"{databases}"), ("SPIRE_SERVERS", $"{servers}"), ("DOMAIN", "here.svc.cluster.local"));

        output.Should().Be($"-W -db -f {_directory.FullName}/haproxy.cfg\n");
        Written("haproxy.cfg").Split('\n').Where(line => line.StartsWith("    server ")).Should().Equal(
        [
            .. Enumerable.Range(1, databases).Select(number => $"    server postgres-{number} \"postgres-{number}.postgres.${{DOMAIN}}:5432\""),
            .. Enumerable.Range(1, servers).Select(number => $"    server spire-server-{number} \"spire-server-{number}.spire-servers.${{DOMAIN}}:8081\""),
        ]);
    }

    [SkippableFact]
    public async Task RunHaProxy_Configuration_IsAcceptedByHaProxy()
    {
        Skip.If(ProgramFinder.Find("haproxy") is null, "not installed: haproxy");
        StandInFor("haproxy", "exit 0");
        Run("run-haproxy", "haproxy.cfg", ("POSTGRES", "3"), ("SPIRE_SERVERS", "3"), ("DOMAIN", "here.svc.cluster.local"));

        var answer = await Tool.TryRunAsync(
            ["env", "DOMAIN=here.svc.cluster.local", ProgramFinder.Require("haproxy"), "-c", "-f", Path.Combine(_directory.FullName, "haproxy.cfg")],
            null, TimeSpan.FromSeconds(10), CancellationToken.None);

        answer.ExitCode.Should().Be(0, answer.Output + answer.Errors);
    }

    [SkippableFact]
    public async Task RunHaProxy_AsTheFirstProcessOfAContainer_EndsWhenItIsAskedTo()
    {
        Sandboxed.SkipUnlessPossible(Environment.IsPrivilegedProcess ? As.Root : As.OrdinaryUser, "haproxy");
        var template = Path.Combine(Manifests.Folder("kubernetes/base/configuration"), "haproxy.cfg");
        const string Script = """
            unshare --pid --fork --kill-child "$0" "$1" & outside=$!
            children() { cat "/proc/$1/task/$1/children"; }
            until first=$(children $outside) && [ "$(cat "/proc/${first% }/comm")" = haproxy ] && [ -n "$(children ${first% })" ]; do sleep 0.1; done
            # Asked while it still starts it may not listen yet.
            while kill -TERM $first 2>/dev/null; do sleep 1; done
            wait $outside
            """;

        var answer = await Tool.TryRunAsync(
            [
                "env", $"RUNTIME_DIRECTORY={_directory.FullName}", "POSTGRES=1", "SPIRE_SERVERS=1", "DOMAIN=here.svc.cluster.local",
                "unshare", "--user", "--map-root-user", "--net", "sh", "-c", Script, Path.Combine(Manifests.Folder("images/postgres-ha"), "run-haproxy"), template,
            ],
            null, TimeSpan.FromSeconds(20), CancellationToken.None);

        answer.ExitCode.Should().Be(0, answer.Output + answer.Errors);
    }

    [Fact]
    public void RunHaProxy_WithoutTheNumberOfServers_SaysWhatIsMissing()
    {
        StandInFor("haproxy", "exit 0");

        var run = () => Run("run-haproxy", "haproxy.cfg", ("POSTGRES", "3"), ("DOMAIN", "here"));

        run.Should().Throw<InvalidOperationException>().WithMessage("*SPIRE_SERVERS*");
    }

    [Fact]
    public void RunPgBouncer_AnyPassword_IsInTheFileOfUsersAloneAndReadableByItsUserAlone()
    {
        StandInFor("pgbouncer", "env; echo \"$@\"");

        var output = Run("run-pgbouncer", "pgbouncer.ini", ("POOL_SIZE", "75"), ("SPIRE_PASSWORD", TestStacks.Secrets.Spire), ("DOMAIN", "here.svc"));

        output.Should().EndWith($"{_directory.FullName}/pgbouncer.ini\n").And.NotContain(TestStacks.Secrets.Spire);
        Written("users.txt").Should().Be($"\"spire\" \"{TestStacks.Secrets.Spire}\"\n");
        File.GetUnixFileMode(Path.Combine(_directory.FullName, "users.txt")).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Written("pgbouncer.ini").Should().NotContain(TestStacks.Secrets.Spire)
            .And.Contain("default_pool_size = 75").And.Contain("host=load-balancer-1.load-balancer.here.svc port=5432")
            .And.NotMatchRegex(@"(?m)^[^;]*\$\{");
    }

    [Theory]
    [InlineData("postgres-ha/run-patroni")]
    [InlineData("postgres-ha/run-pgbouncer")]
    [InlineData("postgres-ha/run-haproxy")]
    [InlineData("postgres-ha/make-databases")]
    [InlineData("harness/validation")]
    [InlineData("harness/spire-server")]
    [InlineData("harness/spire-agent")]
    public void EntryPoint_AtItsEnd_BecomesTheProgramSoThatSignalsReachIt(string script)
    {
        var path = Path.Combine(Manifests.Folder("images"), script);

        File.ReadLines(path).Should().ContainSingle(line => line.StartsWith("exec "));
        File.GetUnixFileMode(path).Should().HaveFlag(UnixFileMode.OtherExecute);
    }

    [Theory]
    [InlineData("nonsense", "there is no image 'nonsense'")]
    [InlineData("--base nonsense", "IMAGE=BASE is expected")]
    [InlineData("--dotnet /nowhere", "there is no program 'dotnet' in it")]
    [InlineData("--colour red", "there is no option '--colour'")]
    public void Build_BadArguments_SaysWhatIsWrongAndBuildsNothing(string arguments, string message)
    {
        StandInFor("docker", "touch called");

        var build = () => Start(Path.Combine(Manifests.Folder("images"), "build.sh"), arguments.Split(' '));

        build.Should().Throw<InvalidOperationException>().WithMessage($"3: *{message}*");
        _directory.GetFiles("called").Should().BeEmpty();
    }

    [Fact]
    public void Build_WithABase_CallsTheEngineWithItAndTheNameFromTheOneFile()
    {
        StandInFor("docker", "echo \"$1 $2 $3 $4 $5\"");

        var output = Start(Path.Combine(Manifests.Folder("images"), "build.sh"), ["postgres-ha", "--base", "postgres-ha=debian:13-slim"]);

        output.Should().Be("build --tag validation/postgres-ha:1 --build-arg BASE=debian:13-slim\nvalidation/postgres-ha:1\n");
    }

    private void StandInFor(string program, string script)
    {
        var path = Path.Combine(_directory.FullName, program);
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private string Written(string file) => File.ReadAllText(Path.Combine(_directory.FullName, file));

    private string Run(string script, string template, params (string Name, string Value)[] environment) => Start(
        Path.Combine(Manifests.Folder("images/postgres-ha"), script),
        [Path.Combine(Manifests.Folder("kubernetes/base/configuration"), template)],
        environment);

    private string Start(string program, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _directory.FullName,
        };
        start.Environment["PATH"] = $"{_directory.FullName}:{start.Environment["PATH"]}";
        start.Environment["RUNTIME_DIRECTORY"] = _directory.FullName;
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{process.ExitCode}: {errors.Result}");
    }
}
