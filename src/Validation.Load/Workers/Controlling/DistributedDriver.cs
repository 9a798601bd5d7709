using Validation.Core.Loads;
using Validation.Core.Scenarios;

namespace Validation.Load.Workers.Controlling;

/// <summary>Stands for a driver in the controller: the workers have the real one.</summary>
internal sealed class DistributedDriver : ILoadDriver
{
    private readonly Func<LoadSpec, LoadSite, CancellationToken, Task<IPreparedLoad>> _prepare;

    /// <summary>Creates the stand-in.</summary>
    /// <param name="kind">The driver's kind.</param>
    /// <param name="prepare">Has the workers prepare a load.</param>
    public DistributedDriver(DriverKind kind, Func<LoadSpec, LoadSite, CancellationToken, Task<IPreparedLoad>> prepare) => (Kind, _prepare) = (kind, prepare);

    /// <inheritdoc/>
    public DriverKind Kind { get; }

    /// <inheritdoc/>
    public Task<IPreparedLoad> PrepareAsync(LoadSpec load, LoadSite site, CancellationToken cancellationToken) => _prepare(load, site, cancellationToken);
}
