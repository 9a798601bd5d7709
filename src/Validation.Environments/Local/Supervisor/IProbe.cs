namespace Validation.Environments.Local.Supervisor;

/// <summary>Asks a node, from the router, how it is. Cut links do not hinder it, as they do not hinder a kubelet.</summary>
internal interface IProbe
{
    /// <summary>Asks once.</summary>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <returns>Null when all is well, else what was seen instead.</returns>
    Task<string?> TryAsync(CancellationToken cancellationToken);
}
