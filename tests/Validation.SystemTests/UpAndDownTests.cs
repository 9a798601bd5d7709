using System.Diagnostics;
using System.Text.Json;
using Validation.Core;

namespace Validation.SystemTests;

/// <summary>A stack that stays up until it is taken down.</summary>
[Trait("Kind", "System")]
public sealed class UpAndDownTests
{
    private static readonly string Name = $"test-{Guid.NewGuid():N}";

    [SkippableFact]
    public async Task Up_Status_Logs_Down_DoWhatTheySay()
    {
        Capability.RequireRoot();
        using var up = Harness.Start([], Harness.Here(), "up", "--name", Name);
        (await up.WaitAsync()).Should().Be(ExitCode.Pass, up.Output);

        try
        {
            var status = JsonDocument.Parse(Output("status", "--name", Name, "--json")).RootElement;
            var nodes = status.GetProperty("nodes").EnumerateArray().ToArray();
            nodes.Should().HaveCount(11).And.OnlyContain(node => node.GetProperty("state").GetString() == "ready");
            nodes.Where(node => node.GetProperty("role").GetString() == "postgres").Select(node => node.GetProperty("database").GetString())
                .Should().ContainSingle(text => text == "primary, running, timeline 1").And.ContainSingle(text => text!.StartsWith("replica, ") && text.Contains(", lag "));
            Output("logs", "postgres-1", "--name", Name).Should().Contain("patroni");
        }
        finally
        {
            var since = Stopwatch.GetTimestamp();
            Output("down", "--name", Name);
            Stopwatch.GetElapsedTime(since).Should().BeLessThan(TimeSpan.FromSeconds(10));
        }

        (await up.Leftovers.FindAsync()).Should().BeEmpty();
    }

    private static string Output(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Validation.Cli.dll"), .. arguments]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.Should().Be(0, string.Join(' ', arguments));
        return output;
    }
}
