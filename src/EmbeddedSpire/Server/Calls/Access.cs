using Spire.Wire.Contracts;
using Spire.Wire.Grpc;

namespace EmbeddedSpire.Server.Calls;

/// <summary>Who may call a method.</summary>
[Flags]
internal enum Access
{
    Nobody = 0,

    /// <summary>Everybody, with a certificate or without.</summary>
    Anybody = 1,

    /// <summary>Whoever reaches the Unix socket.</summary>
    Local = 2,

    /// <summary>Ids of <c>admin_ids</c>, and those with an entry that says so.</summary>
    Admin = 4,

    /// <summary>Agents that have attested.</summary>
    Agent = 8,

    /// <summary>Servers with an entry that says so.</summary>
    Downstream = 16,
}

/// <summary>SPIRE's default policy.</summary>
internal static class AccessPolicy
{
    private static readonly Dictionary<string, Access> Exceptions = new()
    {
        [AgentMethods.AttestAgent.Path] = Access.Anybody,
        [BundleMethods.GetBundle.Path] = Access.Anybody,
        [AgentMethods.RenewAgent.Path] = Access.Agent,
        [AgentMethods.PostStatus.Path] = Access.Agent,
        [SvidMethods.BatchNewX509SVID.Path] = Access.Agent,
        [SvidMethods.NewJWTSVID.Path] = Access.Agent,
        [SvidMethods.BatchNewWITSVID.Path] = Access.Agent,
        [EntryMethods.GetAuthorizedEntries.Path] = Access.Agent,
        [EntryMethods.SyncAuthorizedEntries.Path] = Access.Agent,
        [BundleMethods.GetFederatedBundle.Path] = Access.Local | Access.Admin | Access.Agent,
        [SvidMethods.NewDownstreamX509CA.Path] = Access.Downstream,
        [BundleMethods.PublishJWTAuthority.Path] = Access.Downstream,
        [BundleMethods.PublishWITAuthority.Path] = Access.Downstream,
    };

    private static readonly HashSet<string> LocalServices = [DebugMethods.GetInfo.Service, LoggerMethods.GetLogger.Service, HealthMethods.Check.Service];

    /// <summary>Tells who may call a method.</summary>
    public static Access Of(GrpcMethod method) =>
        Exceptions.TryGetValue(method.Path, out var access) ? access
        : LocalServices.Contains(method.Service) ? Access.Local
        : Access.Local | Access.Admin;
}
