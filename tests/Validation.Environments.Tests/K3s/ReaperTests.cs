using System.Diagnostics;
using Validation.Environments.K3s;
using Validation.Environments.Tests.Kit;

namespace Validation.Environments.Tests.K3s;

/// <summary>The reaper with a stand-in for docker, which writes down what it is asked.</summary>
[Collection(SystemTests.Name)]
public sealed class ReaperTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("reaper-");

    private string Docker => Path.Combine(_folder.FullName, "docker");

    private string Record => Path.Combine(_folder.FullName, "record");

    [Fact]
    public async Task Reaper_HarnessDone_RemovesNothing()
    {
        WriteDocker();

        await Reaper.Start(Docker, new K3sNames("1a", "m"), TimeProvider.System).DisposeAsync();

        File.Exists(Record).Should().BeFalse();
    }

    [Fact]
    public async Task Reaper_HarnessKilled_RemovesContainersAndNetworkOfItsRunAlone()
    {
        WriteDocker();
        using var harness = StartHarness();
        var ready = await harness.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));

        harness.Kill();
        var removed = SpinWait.SpinUntil(() => File.Exists(Record) && File.ReadAllText(Record).Contains("network rm", StringComparison.Ordinal), TimeSpan.FromSeconds(60));

        ready.Should().Be("reaper started");
        removed.Should().BeTrue();
        File.ReadLines(Record).Should().StartWith(
        [
            "ps --all --quiet --filter=label=validation/run=1a", "rm --force --volumes c1", "rm --force --volumes c2",
            "network ls --quiet --filter=label=validation/run=1a", "network rm n1",
        ]);
    }

    /// <summary>What the process that is killed does.</summary>
    public static async Task<int> HoldAsync(string docker)
    {
        await using var reaper = Reaper.Start(docker, new K3sNames("1a", "m"), TimeProvider.System);
        Console.WriteLine("reaper started");
        await Task.Delay(TimeSpan.FromMinutes(2), TimeProvider.System);
        return 0;
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private void WriteDocker()
    {
        File.WriteAllText(Docker, $"#!/bin/sh\necho \"$*\" >> {Record}\ncase \"$1 $2\" in 'ps --all') echo c1; echo c2;; 'network ls') echo n1;; esac\n");
        File.SetUnixFileMode(Docker, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private Process StartHarness()
    {
        string[] arguments = [typeof(ReaperTests).Assembly.Location, "reaped-harness", Docker];
        return Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
    }
}
