namespace EmbeddedSpire.Agent.Workloads;

/// <summary>What workloads get.</summary>
/// <param name="AllowsStrangers">Whether callers without an identity get the bundle of the own trust domain. False by default.</param>
/// <param name="ForeignClaims">The claims that are told of tokens of other trust domains, besides <c>sub</c>, <c>exp</c> and <c>aud</c>.</param>
internal sealed record WorkloadApiSettings(bool AllowsStrangers, IReadOnlySet<string> ForeignClaims);
