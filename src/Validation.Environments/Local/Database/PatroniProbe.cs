using System.Net;
using Validation.Core.Stacks;
using Validation.Environments.Local.Supervisor;

namespace Validation.Environments.Local.Database;

/// <summary>Succeeds when PostgreSQL runs as a primary or as a replica.</summary>
/// <remarks>
/// Patroni's own <c>/readiness</c> answers 200 for a moment while a node that was killed recovers, before PostgreSQL
/// takes connections.
/// </remarks>
internal sealed class PatroniProbe : IProbe
{
    private static readonly PatroniClient Client = new();
    private readonly IPAddress _node;

    /// <summary>Creates the probe.</summary>
    /// <param name="node">The node's address.</param>
    public PatroniProbe(IPAddress node) => _node = node;

    /// <inheritdoc/>
    public async Task<string?> TryAsync(CancellationToken cancellationToken)
    {
        var report = await Client.AskAsync(_node, cancellationToken);
        return report.Role != DatabaseRole.Unknown ? null
            : report == PatroniReport.Unreachable ? "Patroni does not answer"
            : $"Patroni says it is {report.State}";
    }
}
