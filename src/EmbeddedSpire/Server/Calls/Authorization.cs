using EmbeddedSpire.Server.Storage;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Storage;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Server;
using Logger = EmbeddedSpire.Logging.Logger;
using Reason = Spire.Wire.Contracts.Types.PermissionDeniedDetails.Types.Reason;

namespace EmbeddedSpire.Server.Calls;

/// <summary>The entries that make a caller a downstream server. Noted on its call.</summary>
/// <param name="Entries">At least one.</param>
internal sealed record DownstreamEntries(IReadOnlyList<RegistrationEntry> Entries);

/// <summary>
/// Decides on every call whether its caller may make it. The order is SPIRE's: anybody, local, administrators by configuration,
/// administrators and downstream servers by entries (one query), agents (one query).
/// </summary>
internal sealed class Authorization
{
    private readonly IReadOnlySet<SpiffeId> _adminIds;
    private readonly EntryStore _entries;
    private readonly NodeStore _nodes;
    private readonly NodeCache _nodeCache;
    private readonly Logger _log;
    private readonly TimeProvider _time;

    /// <summary>Creates the interceptor.</summary>
    public Authorization(IReadOnlySet<SpiffeId> adminIds, EntryStore entries, NodeStore nodes, NodeCache nodeCache, Logger log, TimeProvider time)
    {
        _adminIds = adminIds;
        _entries = entries;
        _nodes = nodes;
        _nodeCache = nodeCache;
        _log = log;
        _time = time;
    }

    /// <summary>Stands before the handling of a call.</summary>
    public async Task<GrpcStatus> InterceptAsync(ServerCall call, GrpcCallHandler next, CancellationToken cancellationToken)
    {
        var caller = Caller.Of(call.Peer);
        var access = AccessPolicy.Of(call.Method);
        if (access.HasFlag(Access.Anybody)
            || (access.HasFlag(Access.Local) && caller.IsLocal)
            || (access.HasFlag(Access.Admin) && caller.Id is not null && _adminIds.Contains(caller.Id))
            || await IsAllowedByEntriesAsync(call, caller, access, cancellationToken))
        {
            return await next(call, cancellationToken);
        }

        if (!access.HasFlag(Access.Agent) || caller.IsLocal || caller.Id is null)
        {
            return Deny(call, null);
        }

        return await ReasonAgainstAgentAsync(call, caller, cancellationToken) is { } reason
            ? Deny(call, reason)
            : await next(call, cancellationToken);
    }

    private GrpcStatus Deny(ServerCall call, Reason? reason)
    {
        var status = new GrpcStatus(StatusCode.PermissionDenied, $"authorization denied for method {call.Method.Path}");
        _log.For(call).Error("Failed to authenticate caller", ("error", $"rpc error: code = PermissionDenied desc = {status.Message}"), ("authorized_as", "nobody"), ("authorized_via", string.Empty));
        return reason is null ? status : status.WithDetail(new PermissionDeniedDetails { Reason = reason.Value });
    }

    private async Task<bool> IsAllowedByEntriesAsync(ServerCall call, Caller caller, Access access, CancellationToken cancellationToken)
    {
        if ((access & (Access.Admin | Access.Downstream)) == 0 || caller.Id is null)
        {
            return false;
        }

        List<RegistrationEntry> entries;
        try
        {
            (entries, _) = await _entries.ListAsync(new EntryFilter { SpiffeId = caller.Id.ToString() }, null, mayBeOld: false, cancellationToken);
        }
        catch (DatastoreException error)
        {
            throw Refusal.Call(_log.For(call), "failed to fetch caller entries", error);
        }

        if (access.HasFlag(Access.Admin) && entries.Any(entry => entry.Admin))
        {
            return true;
        }

        var downstream = entries.Where(entry => entry.Downstream).ToList();
        if (!access.HasFlag(Access.Downstream) || downstream.Count == 0)
        {
            return false;
        }

        call.Note(new DownstreamEntries(downstream));
        return true;
    }

    /// <summary>Returns why a caller is no agent that may call; null when it is one.</summary>
    private async Task<Reason?> ReasonAgainstAgentAsync(ServerCall call, Caller caller, CancellationToken cancellationToken)
    {
        if (_time.GetUtcNow() > caller.NotAfter)
        {
            return Reason.AgentExpired;
        }

        var id = caller.Id!.ToString();
        if (_nodeCache.FindRecent(id)?.CertSerialNumber == caller.SerialNumber)
        {
            return null;
        }

        var node = await FetchAsync(call, id, cancellationToken);
        return node switch
        {
            null => Reason.AgentNotAttested,
            { CertSerialNumber: "" } => Reason.AgentBanned,
            _ when node.CertSerialNumber == caller.SerialNumber => null,
            _ when node.NewCertSerialNumber == caller.SerialNumber => await ActivateAsync(call, node, cancellationToken),
            _ => Reason.AgentNotActive,
        };
    }

    private async Task<AttestedNode?> FetchAsync(ServerCall call, string id, CancellationToken cancellationToken)
    {
        try
        {
            return await _nodeCache.FetchAsync(id, cancellationToken);
        }
        catch (DatastoreException error)
        {
            throw Refusal.Call(_log.For(call), "unable to look up agent information", error);
        }
    }

    /// <summary>A renewed certificate takes the place of the one before with its first use.</summary>
    private async Task<Reason?> ActivateAsync(ServerCall call, AttestedNode node, CancellationToken cancellationToken)
    {
        try
        {
            var expiresAt = DateTimeOffset.FromUnixTimeSeconds(node.NewCertNotAfter);
            await _nodes.UpdateAsync(node.SpiffeId, NodeChange.Activate(node.NewCertSerialNumber, expiresAt, node.CanReattest), cancellationToken);
            return null;
        }
        catch (DatastoreException error)
        {
            throw Refusal.Call(_log.For(call), "unable to activate the new agent SVID", error);
        }
    }
}
