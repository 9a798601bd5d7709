namespace Validation.Environments.Network;

/// <summary>The kernel's packet filter in one network namespace.</summary>
internal interface INetfilter
{
    /// <summary>Runs one transaction.</summary>
    /// <param name="script">What to do, in nft's language.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="HarnessException">The kernel refused; nothing was changed.</exception>
    Task ApplyAsync(string script, CancellationToken cancellationToken);

    /// <summary>Reads a table of the harness.</summary>
    /// <param name="table">The table, with its family.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="HarnessException">There is no such table.</exception>
    Task<NftState> ReadAsync(string table, CancellationToken cancellationToken);
}
