using Validation.Environments.Local.Programs;

namespace Validation.Environments.Network;

/// <summary>Talks to the kernel through <c>nft</c>.</summary>
/// <param name="networkNamespace">The file of the network namespace that is meant; null, the default, for this process' own.</param>
internal sealed class Netfilter(string? networkNamespace = null) : INetfilter
{
    private readonly string[] _enter = networkNamespace is null ? [] : ["nsenter", $"--net={networkNamespace}", "--"];

    /// <inheritdoc/>
    public Task ApplyAsync(string script, CancellationToken cancellationToken) =>
        Tool.RunAsync([.. _enter, "nft", "-f", "-"], script, cancellationToken);

    /// <inheritdoc/>
    public async Task<NftState> ReadAsync(string table, CancellationToken cancellationToken) =>
        NftState.Parse(await Tool.RunAsync([.. _enter, "nft", "-j", "list", "table", .. table.Split(' ')], null, cancellationToken));
}
