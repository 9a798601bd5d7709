using Validation.Environments.Local.Programs;

namespace Validation.Environments.Local.Network;

/// <summary>Talks to the kernel through <c>nft</c>.</summary>
internal sealed class Netfilter : INetfilter
{
    private static readonly string[] List = ["nft", "-j", "list", "table", .. NftScript.Table.Split(' ')];

    /// <inheritdoc/>
    public Task ApplyAsync(string script, CancellationToken cancellationToken) =>
        Tool.RunAsync(["nft", "-f", "-"], script, cancellationToken);

    /// <inheritdoc/>
    public async Task<NftState> ReadAsync(CancellationToken cancellationToken) =>
        NftState.Parse(await Tool.RunAsync(List, null, cancellationToken));
}
