using EmbeddedSpire.Server.Authorities;
using EmbeddedSpire.Server.Calls;
using EmbeddedSpire.Server.Storage;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Journal;
using Spire.Wire.Contracts.LocalAuthorities;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Server;
using Logger = EmbeddedSpire.Logging.Logger;

namespace EmbeddedSpire.Server.Services;

/// <summary>Lets administrators rotate the authorities of this one server by hand.</summary>
internal sealed class LocalAuthorityService
{
    private readonly string _trustDomainId;
    private readonly AuthorityManager _authorities;
    private readonly ServerIdentity _identity;
    private readonly BundleStore _bundles;
    private readonly Logger _log;

    /// <summary>Creates the service.</summary>
    public LocalAuthorityService(TrustDomain trustDomain, AuthorityManager authorities, ServerIdentity identity, BundleStore bundles, Logger log)
    {
        _trustDomainId = trustDomain.Id.ToString();
        _authorities = authorities;
        _identity = identity;
        _bundles = bundles;
        _log = log;
    }

    /// <summary>Adds its methods.</summary>
    public void Map(GrpcHandlers handlers)
    {
        handlers.Map(LocalAuthorityMethods.GetX509AuthorityState, (_, call, _) => Task.FromResult(StateOfX509(call)));
        handlers.Map(LocalAuthorityMethods.PrepareX509Authority, async (_, call, cancellationToken) =>
            new PrepareX509AuthorityResponse { PreparedAuthority = await PrepareAsync(_authorities.X509, "X.509", call, cancellationToken) });
        handlers.Map(LocalAuthorityMethods.ActivateX509Authority, async (request, call, cancellationToken) =>
            new ActivateX509AuthorityResponse { ActivatedAuthority = await ActivateAsync(_authorities.X509, request.AuthorityId, call, cancellationToken) });
        handlers.Map(LocalAuthorityMethods.TaintX509Authority, TaintX509Async);
        handlers.Map(LocalAuthorityMethods.RevokeX509Authority, RevokeX509Async);
        handlers.Map(LocalAuthorityMethods.TaintX509UpstreamAuthority, (_, call, _) => throw NoUpstream(call));
        handlers.Map(LocalAuthorityMethods.RevokeX509UpstreamAuthority, (_, call, _) => throw NoUpstream(call));

        handlers.Map(LocalAuthorityMethods.GetJWTAuthorityState, (_, call, _) => Task.FromResult(StateOfJwt(call)));
        handlers.Map(LocalAuthorityMethods.PrepareJWTAuthority, async (_, call, cancellationToken) =>
            new PrepareJWTAuthorityResponse { PreparedAuthority = await PrepareAsync(JwtOf(call), "JWT", call, cancellationToken) });
        handlers.Map(LocalAuthorityMethods.ActivateJWTAuthority, async (request, call, cancellationToken) =>
            new ActivateJWTAuthorityResponse { ActivatedAuthority = await ActivateAsync(JwtOf(call), request.AuthorityId, call, cancellationToken) });
        handlers.Map(LocalAuthorityMethods.TaintJWTAuthority, TaintJwtAsync);
        handlers.Map(LocalAuthorityMethods.RevokeJWTAuthority, RevokeJwtAsync);

        handlers.Map(LocalAuthorityMethods.GetWITAuthorityState, (_, call, _) => throw NoWit(call));
        handlers.Map(LocalAuthorityMethods.PrepareWITAuthority, (_, call, _) => throw NoWit(call));
        handlers.Map(LocalAuthorityMethods.ActivateWITAuthority, (_, call, _) => throw NoWit(call));
        handlers.Map(LocalAuthorityMethods.TaintWITAuthority, (_, call, _) => throw NoWit(call));
        handlers.Map(LocalAuthorityMethods.RevokeWITAuthority, (_, call, _) => throw NoWit(call));
    }

    private GetX509AuthorityStateResponse StateOfX509(ServerCall call)
    {
        var line = _authorities.X509;
        RequireActive(line, call);
        return new GetX509AuthorityStateResponse { Active = StateOf(line.Current), Prepared = StateOf(line.Next, Status.Prepared), Old = StateOf(line.Next, Status.Old) };
    }

    private GetJWTAuthorityStateResponse StateOfJwt(ServerCall call)
    {
        var line = JwtOf(call);
        RequireActive(line, call);
        return new GetJWTAuthorityStateResponse { Active = StateOf(line.Current), Prepared = StateOf(line.Next, Status.Prepared), Old = StateOf(line.Next, Status.Old) };
    }

    private async Task<AuthorityState> PrepareAsync<T>(AuthorityLine<T> line, string kind, ServerCall call, CancellationToken cancellationToken)
        where T : class
    {
        RequireActive(line, call);
        try
        {
            await line.PrepareAsync(cancellationToken);
            return StateOf(line.Next);
        }
        catch (DatastoreException error)
        {
            throw Refusal.Call(_log.For(call), $"failed to prepare {kind} authority", error);
        }
    }

    private async Task<AuthorityState> ActivateAsync<T>(AuthorityLine<T> line, string authorityId, ServerCall call, CancellationToken cancellationToken)
        where T : class
    {
        var log = _log.For(call);
        if (authorityId.Length == 0)
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, "no authority ID provided");
        }

        if (authorityId != line.Next.AuthorityId)
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, "unexpected authority ID");
        }

        if (line.Next.Status != Status.Prepared)
        {
            throw Refusal.Call(log, StatusCode.Internal, "only Prepared authorities can be activated", UnsupportedStatus(line.Next.Status));
        }

        await line.RotateAsync(cancellationToken);
        return StateOf(line.Current);
    }

    private async Task<TaintX509AuthorityResponse> TaintX509Async(TaintX509AuthorityRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        var line = _authorities.X509;
        RequireTaintable(line, request.AuthorityId, call);
        var state = StateOf(line.Next);
        await ChangeAsync(() => _bundles.TaintAuthorityAsync(_trustDomainId, request.AuthorityId, cancellationToken), "failed to taint X.509 authority", call);
        _identity.OnTainted(request.AuthorityId);
        _log.For(call).Info("X.509 authority tainted successfully", ("local_authority_id", request.AuthorityId));
        return new TaintX509AuthorityResponse { TaintedAuthority = state };
    }

    private async Task<RevokeX509AuthorityResponse> RevokeX509Async(RevokeX509AuthorityRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        var line = _authorities.X509;
        var problem = request.AuthorityId switch
        {
            "" => "no authority ID provided",
            var id when id == line.Current.AuthorityId => "unable to use current authority",
            var id when id != line.Next.AuthorityId || line.Next.Status != Status.Old => "only Old local authority can be revoked",
            _ => null,
        };
        RequireValid(problem, call);
        await ChangeAsync(() => _bundles.RevokeAuthorityAsync(_trustDomainId, request.AuthorityId, cancellationToken), "failed to revoke X.509 authority", call);
        _log.For(call).Info("X.509 authority revoked successfully", ("local_authority_id", request.AuthorityId));
        return new RevokeX509AuthorityResponse { RevokedAuthority = new AuthorityState { AuthorityId = request.AuthorityId } };
    }

    private async Task<TaintJWTAuthorityResponse> TaintJwtAsync(TaintJWTAuthorityRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        RequireTaintable(JwtOf(call), request.AuthorityId, call);
        await ChangeAsync(() => _bundles.TaintJwtKeyAsync(_trustDomainId, request.AuthorityId, cancellationToken), "failed to taint JWT authority", call);
        _log.For(call).Info("JWT authority tainted successfully", ("local_authority_id", request.AuthorityId));
        return new TaintJWTAuthorityResponse { TaintedAuthority = new AuthorityState { AuthorityId = request.AuthorityId } };
    }

    private async Task<RevokeJWTAuthorityResponse> RevokeJwtAsync(RevokeJWTAuthorityRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        RequireValid(await ProblemOfJwtAsync(request.AuthorityId, JwtOf(call), cancellationToken), call);
        await ChangeAsync(() => _bundles.RevokeJwtKeyAsync(_trustDomainId, request.AuthorityId, cancellationToken), "failed to revoke JWT authority", call);
        _log.For(call).Info("JWT authority revoked successfully", ("local_authority_id", request.AuthorityId));
        return new RevokeJWTAuthorityResponse { RevokedAuthority = new AuthorityState { AuthorityId = request.AuthorityId } };
    }

    /// <summary>Says why a JWT key cannot be revoked. Unlike X.509 authorities, those of other servers can.</summary>
    private async Task<string?> ProblemOfJwtAsync(string authorityId, JwtLine line, CancellationToken cancellationToken)
    {
        if (authorityId.Length == 0)
        {
            return "no authority ID provided";
        }

        if (authorityId == line.Next.AuthorityId)
        {
            return line.Next.Status == Status.Prepared ? "unable to use a prepared key" : null;
        }

        if (authorityId == line.Current.AuthorityId)
        {
            return "unable to use current authority";
        }

        try
        {
            var bundle = await _bundles.FetchAsync(_trustDomainId, cancellationToken);
            return bundle?.JwtSigningKeys.Any(key => key.Kid == authorityId) ?? false ? null : "no JWT authority found with provided authority ID";
        }
        catch (DatastoreException error)
        {
            return error.Message;
        }
    }

    private JwtLine JwtOf(ServerCall call) => _authorities.Jwt
        ?? throw Refusal.Call(_log.For(call), StatusCode.Unimplemented, "JWT functionality is disabled");

    private void RequireActive<T>(AuthorityLine<T> line, ServerCall call)
        where T : class
    {
        if (line.Current.Status != Status.Active)
        {
            throw Refusal.Call(_log.For(call), StatusCode.Unavailable, "server is initializing");
        }
    }

    private void RequireTaintable<T>(AuthorityLine<T> line, string authorityId, ServerCall call)
        where T : class
    {
        var log = _log.For(call);
        if (authorityId.Length == 0)
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, "no authority ID provided");
        }

        if (authorityId == line.Current.AuthorityId)
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, "unable to taint current local authority");
        }

        if (authorityId != line.Next.AuthorityId)
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, "unexpected authority ID");
        }

        if (line.Next.Status != Status.Old)
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, "only Old local authorities can be tainted", UnsupportedStatus(line.Next.Status));
        }
    }

    private void RequireValid(string? problem, ServerCall call)
    {
        if (problem is not null)
        {
            throw Refusal.Call(_log.For(call), StatusCode.InvalidArgument, "invalid authority ID", problem);
        }
    }

    private async Task ChangeAsync(Func<Task> change, string problem, ServerCall call)
    {
        try
        {
            await change();
        }
        catch (DatastoreException error)
        {
            throw Refusal.Call(_log.For(call), problem, error);
        }
    }

    private GrpcException NoUpstream(ServerCall call) => Refusal.Call(_log.For(call), StatusCode.FailedPrecondition, "upstream authority is not configured");

    private GrpcException NoWit(ServerCall call) => Refusal.Call(_log.For(call), StatusCode.Unimplemented, "WIT-SVID functionality is not yet implemented");

    private static string UnsupportedStatus(Status status) => $"unsupported local authority status: {status.ToString().ToUpperInvariant()}";

    private static AuthorityState StateOf<T>(AuthoritySlot<T> slot)
        where T : class => new() { AuthorityId = slot.AuthorityId, ExpiresAt = slot.NotAfter.ToUnixTimeSeconds() };

    private static AuthorityState? StateOf<T>(AuthoritySlot<T> slot, Status status)
        where T : class => slot.AuthorityId.Length > 0 && slot.Status == status ? StateOf(slot) : null;
}
