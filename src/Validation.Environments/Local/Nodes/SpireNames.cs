namespace Validation.Environments.Local.Nodes;

/// <summary>Names in the trust domain of a local stack.</summary>
internal static class SpireNames
{
    /// <summary>The trust domain.</summary>
    public const string TrustDomain = "validation.test";

    /// <summary>The SPIFFE id that the servers accept as administrator over TCP.</summary>
    public const string AdministratorId = $"spiffe://{TrustDomain}/harness/admin";

    /// <summary>The selector by which an agent knows the harness: inside the sandbox it is always user 0.</summary>
    public const string HarnessSelector = "unix:uid:0";
}
