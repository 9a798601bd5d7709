using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Local;
using Validation.Environments.Local.Network;
using Validation.Environments.Local.Nodes;
using Validation.Environments.Local.Sandbox;
using Validation.Environments.Local.Supervisor;

namespace Validation.Environments.Tests.Live;

/// <summary>What the bodies of system tests need, inside of a sandbox.</summary>
internal static class StackInside
{
    /// <summary>Brings a stack up.</summary>
    public static Task<IStack> UpAsync(SandboxInterior interior, string[] arguments, StackSpec spec) =>
        new LocalEnvironment(new LocalOptions(), TimeProvider.System).UpAsync(
            spec, new DirectoryInfo(arguments[0]), new ToConsole(), interior.Stopping);

    /// <summary>Lays a star with nodes a-1, b-1, c-1 … on which nothing runs.</summary>
    public static async Task<(StarNetwork Star, IReadOnlyList<INode> Nodes)> LayStarAsync(int nodes)
    {
        var places = Enumerable.Range(0, nodes).Select(index => (Name: $"{(char)('a' + index)}-1", Address: StarAddresses.Of(index))).ToArray();
        var star = await StarNetwork.CreateAsync(places, CancellationToken.None);
        return (star, [.. places.Select(place => new WorkloadNode(new NodePlace(place.Name, Roles.Workload, place.Address, new DirectoryInfo("/"))))]);
    }

    /// <summary>Makes a node that runs a shell script.</summary>
    public static ProcessNode MakeNode(StarNetwork star, INode place, string[] arguments, string script, IProbe readiness, LivenessProbe? liveness = null) => new(
        new NodeProgram
        {
            Name = place.Name,
            Role = place.Role,
            Address = place.Address,
            Directory = Directory.CreateDirectory(Path.Combine(SandboxPaths.Root, place.Name)),
            Command = ["/bin/sh", "-c", script],
            Readiness = readiness,
            Liveness = liveness,
            StartLimit = TimeSpan.FromSeconds(10),
        },
        star.Of(place.Name),
        new NodeLog(new DirectoryInfo(arguments[0]), place.Name, TimeProvider.System),
        TimeProvider.System);

    /// <summary>Waits until a condition holds; fails after a limit.</summary>
    public static async Task UntilAsync(string what, double seconds, Func<Task<bool>> condition)
    {
        var until = DateTime.UtcNow + TimeSpan.FromSeconds(seconds);
        while (!await condition())
        {
            if (DateTime.UtcNow > until)
            {
                throw new TimeoutException($"Not within {seconds} s: {what}");
            }

            await Task.Delay(50);
        }
    }

    /// <summary>Waits until a condition holds; fails after a limit.</summary>
    public static Task UntilAsync(string what, double seconds, Func<bool> condition) =>
        UntilAsync(what, seconds, () => Task.FromResult(condition()));

    /// <summary>A probe that always says the same.</summary>
    public sealed class FixedProbe(Func<string?> answer) : IProbe
    {
        public Task<string?> TryAsync(CancellationToken cancellationToken) => Task.FromResult(answer());
    }

    private sealed class ToConsole : IProgress<string>
    {
        public void Report(string value) => Console.WriteLine($"{DateTime.UtcNow:HH:mm:ss.fff} {value}");
    }
}
