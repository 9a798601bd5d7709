namespace Validation.Spire;

/// <summary>The names of the drivers, as scenarios write them.</summary>
internal static class DriverNames
{
    /// <summary>Attests agents.</summary>
    public const string SpireAttest = "spire-attest";

    /// <summary>Fetches SVIDs from agents.</summary>
    public const string X509SvidFetch = "x509-svid-fetch";

    /// <summary>Has servers sign SVIDs.</summary>
    public const string X509SvidSign = "x509-svid-sign";

    /// <summary>Creates and deletes registration entries.</summary>
    public const string EntryChurn = "entry-churn";

    /// <summary>Creates registration entries and waits until every server shows them.</summary>
    public const string EntryVisibility = "entry-visibility";

    /// <summary>Lives as agents do.</summary>
    public const string SpireAgents = "spire-agents";

    /// <summary>Attests several times at once with one join token.</summary>
    public const string JoinTokenRace = "join-token-race";

    /// <summary>Gets the drivers that receive SVIDs.</summary>
    public static IReadOnlyList<string> ReceivingSvids { get; } = [SpireAttest, X509SvidFetch, X509SvidSign, SpireAgents];
}
