using Validation.Core;
using Validation.Core.Loads;
using Validation.Core.Scenarios;

namespace Validation.Spire.Agents;

/// <summary>The kinds of operations of an agent's life, in the order of <see cref="AgentOperations.Kinds"/>.</summary>
internal enum AgentOperation
{
    Attest,
    Sync,
    Sign,
    Renew,
}

/// <summary>What is to know of an agent's operations before it lives.</summary>
internal static class AgentOperations
{
    /// <summary>What agents say they are: the release whose behaviour they have.</summary>
    public const string Version = "1.15.3";

    /// <summary>Returns the kinds.</summary>
    /// <param name="syncs">How many syncs per second are to be expected.</param>
    public static IReadOnlyList<OperationKind> Kinds(Func<ParameterValues, Rate> syncs) =>
    [
        new("attest", "A new TLS connection, x509pop attestation, the agent's SVID verified."),
        new("sync", "The entries and the bundle asked for over the agent's own connection.", syncs),
        new("sign", "Fresh keys, SVIDs for all entries that need one, each verified."),
        new("renew", "The agent attested anew because half of its SVID's life is over."),
    ];

    /// <summary>Returns the name of a stream of operations.</summary>
    /// <param name="load">The load.</param>
    /// <param name="operation">The kind of operation.</param>
    public static string StreamOf(LoadSpec load, AgentOperation operation) => load.Streams[(int)operation].Name;
}
