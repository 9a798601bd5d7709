using Validation.Core.Loads;
using Validation.Spire.Drivers;
using Validation.Spire.Tests.Scripted;

namespace Validation.Spire.Tests.Conformance;

/// <summary>All drivers, prepared and run once, for all tests that look at what they said.</summary>
public sealed class Rehearsal : IAsyncLifetime
{
    /// <summary>Gets the calls by the name of the driver that made them.</summary>
    internal Dictionary<string, IReadOnlyList<SeenCall>> Calls { get; } = [];

    /// <summary>Gets how the operations ended.</summary>
    internal List<Outcome> Outcomes { get; } = [];

    /// <summary>Gets all calls.</summary>
    internal IEnumerable<SeenCall> AllCalls => Calls.Values.SelectMany(calls => calls);

    public async Task InitializeAsync()
    {
        await RunAsync(new SpireAttest());
        await RunAsync(new X509SvidSign(), ("agents", 1));
        await RunAsync(new X509SvidFetch());
        await RunAsync(new EntryChurn(), ("keep", 1));
    }

    public Task DisposeAsync() => Task.CompletedTask;

    private async Task RunAsync(ILoadDriver driver, params (string Name, object Value)[] parameters)
    {
        await using var spire = await ScriptedSpire.StartAsync();
        await using (var load = await spire.PrepareAsync(driver, parameters))
        {
            for (var i = 0; i < 3; i++)
            {
                Outcomes.Add(await spire.RunAsync(load, i));
            }
        }

        Calls[driver.Kind.Name] = spire.Calls;
        foreach (var call in spire.Calls)
        {
            await call.Ended;
        }
    }
}
