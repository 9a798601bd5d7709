using Validation.Core.Loads;
using Validation.Core.Scenarios;

namespace Validation.Core.Running;

/// <summary>Loads that are ready to go.</summary>
internal sealed class PreparedLoads : IAsyncDisposable
{
    private readonly List<ReadyLoad> _ready = [];

    private PreparedLoads()
    {
    }

    /// <summary>Gets the loads, in the order of the scenario.</summary>
    public IReadOnlyList<ReadyLoad> Ready => _ready;

    /// <summary>Prepares every load, one after the other.</summary>
    /// <param name="loads">The loads.</param>
    /// <param name="drivers">The drivers.</param>
    /// <param name="site">Where they run.</param>
    /// <param name="progress">Told what is being prepared.</param>
    /// <param name="cancellationToken">Ends the preparation; what was prepared is taken back.</param>
    public static async Task<PreparedLoads> PrepareAsync(
        IEnumerable<LoadSpec> loads, IEnumerable<ILoadDriver> drivers, LoadSite site, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var byName = drivers.ToDictionary(driver => driver.Kind.Name);
        var prepared = new PreparedLoads();
        try
        {
            foreach (var load in loads)
            {
                progress.Report($"preparing load '{load.Name}'");
                var driver = byName[load.Driver.Name];
                prepared._ready.Add(new ReadyLoad(load, await driver.PrepareAsync(load, site, cancellationToken)));
            }

            return prepared;
        }
        catch
        {
            await prepared.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var load in _ready)
        {
            await load.Prepared.DisposeAsync();
        }
    }
}
