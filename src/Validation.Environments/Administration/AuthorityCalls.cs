using Spire.Wire.Contracts;
using Spire.Wire.Contracts.LocalAuthorities;
using Validation.Core.Stacks;

namespace Validation.Environments.Administration;

/// <summary>The calls of SPIRE's <c>LocalAuthority</c> service for one kind of authority.</summary>
/// <remarks>SPIRE has a method for each kind, with messages that differ in nothing but their names.</remarks>
internal abstract class AuthorityCalls
{
    private static readonly AuthorityCalls X509Calls = new OfX509();
    private static readonly AuthorityCalls JwtCalls = new OfJwt();

    /// <summary>Returns the calls for a kind.</summary>
    /// <param name="kind">The kind.</param>
    public static AuthorityCalls Of(AuthorityKind kind) => kind == AuthorityKind.Jwt ? JwtCalls : X509Calls;

    /// <summary>Returns the id of the authority that signs.</summary>
    /// <param name="server">The server.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public abstract Task<string> ReadActiveAsync(SpireServerControl server, CancellationToken cancellationToken);

    /// <summary>Prepares an authority and returns its id.</summary>
    /// <param name="server">The server.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public abstract Task<string> PrepareAsync(SpireServerControl server, CancellationToken cancellationToken);

    /// <summary>Changes the standing of an authority.</summary>
    /// <param name="server">The server.</param>
    /// <param name="change">How.</param>
    /// <param name="id">The authority's id.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public abstract Task ChangeAsync(SpireServerControl server, AuthorityChange change, string id, CancellationToken cancellationToken);

    private sealed class OfX509 : AuthorityCalls
    {
        public override async Task<string> ReadActiveAsync(SpireServerControl server, CancellationToken cancellationToken) =>
            (await server.CallAsync(LocalAuthorityMethods.GetX509AuthorityState, new GetX509AuthorityStateRequest(), cancellationToken)).Active.AuthorityId;

        public override async Task<string> PrepareAsync(SpireServerControl server, CancellationToken cancellationToken) =>
            (await server.CallAsync(LocalAuthorityMethods.PrepareX509Authority, new PrepareX509AuthorityRequest(), cancellationToken)).PreparedAuthority.AuthorityId;

        public override Task ChangeAsync(SpireServerControl server, AuthorityChange change, string id, CancellationToken cancellationToken) => change switch
        {
            AuthorityChange.Activate => server.CallAsync(
                LocalAuthorityMethods.ActivateX509Authority, new ActivateX509AuthorityRequest { AuthorityId = id }, cancellationToken),
            AuthorityChange.Taint => server.CallAsync(
                LocalAuthorityMethods.TaintX509Authority, new TaintX509AuthorityRequest { AuthorityId = id }, cancellationToken),
            _ => server.CallAsync(LocalAuthorityMethods.RevokeX509Authority, new RevokeX509AuthorityRequest { AuthorityId = id }, cancellationToken),
        };
    }

    private sealed class OfJwt : AuthorityCalls
    {
        public override async Task<string> ReadActiveAsync(SpireServerControl server, CancellationToken cancellationToken) =>
            (await server.CallAsync(LocalAuthorityMethods.GetJWTAuthorityState, new GetJWTAuthorityStateRequest(), cancellationToken)).Active.AuthorityId;

        public override async Task<string> PrepareAsync(SpireServerControl server, CancellationToken cancellationToken) =>
            (await server.CallAsync(LocalAuthorityMethods.PrepareJWTAuthority, new PrepareJWTAuthorityRequest(), cancellationToken)).PreparedAuthority.AuthorityId;

        public override Task ChangeAsync(SpireServerControl server, AuthorityChange change, string id, CancellationToken cancellationToken) => change switch
        {
            AuthorityChange.Activate => server.CallAsync(
                LocalAuthorityMethods.ActivateJWTAuthority, new ActivateJWTAuthorityRequest { AuthorityId = id }, cancellationToken),
            AuthorityChange.Taint => server.CallAsync(
                LocalAuthorityMethods.TaintJWTAuthority, new TaintJWTAuthorityRequest { AuthorityId = id }, cancellationToken),
            _ => server.CallAsync(LocalAuthorityMethods.RevokeJWTAuthority, new RevokeJWTAuthorityRequest { AuthorityId = id }, cancellationToken),
        };
    }
}
