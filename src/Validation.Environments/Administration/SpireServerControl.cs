using Google.Protobuf;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Agents;
using Spire.Wire.Contracts.Bundles;
using Spire.Wire.Contracts.Entries;
using Spire.Wire.Contracts.Svids;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;
using Validation.Core.Stacks;

namespace Validation.Environments.Administration;

/// <summary>Gives orders to one SPIRE server over its private socket, where every caller is an administrator.</summary>
internal sealed class SpireServerControl : ISpireServerControl
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly SpireServerAccess _server;
    private readonly SpiffeId _signedFor;

    /// <summary>Creates the control.</summary>
    /// <param name="server">The server.</param>
    /// <param name="trustDomain">The trust domain's name.</param>
    public SpireServerControl(SpireServerAccess server, string trustDomain) =>
        (_server, _signedFor) = (server, SpiffeId.Of(TrustDomain.Parse(trustDomain), "/harness/authority"));

    /// <inheritdoc/>
    public INode Node => _server.Node;

    private TrustDomain Domain => _signedFor.TrustDomain;

    /// <inheritdoc/>
    public Task<string> ReadActiveAuthorityAsync(AuthorityKind kind, CancellationToken cancellationToken) =>
        AuthorityCalls.Of(kind).ReadActiveAsync(this, cancellationToken);

    /// <inheritdoc/>
    public Task<string> PrepareAuthorityAsync(AuthorityKind kind, CancellationToken cancellationToken) =>
        AuthorityCalls.Of(kind).PrepareAsync(this, cancellationToken);

    /// <inheritdoc/>
    public Task ChangeAuthorityAsync(AuthorityKind kind, AuthorityChange change, string id, CancellationToken cancellationToken) =>
        AuthorityCalls.Of(kind).ChangeAsync(this, change, id, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<TrustedAuthority>> ReadBundleAsync(AuthorityKind kind, CancellationToken cancellationToken)
    {
        var bundle = await CallAsync(BundleMethods.GetBundle, new GetBundleRequest(), cancellationToken);
        return kind == AuthorityKind.Jwt
            ? [.. bundle.JwtAuthorities.Select(key => new TrustedAuthority(key.KeyId, key.Tainted))]
            : [.. bundle.X509Authorities.Select(authority =>
                new TrustedAuthority(DecodedCertificate.Decode(authority.Asn1.Memory).SubjectKeyId ?? string.Empty, authority.Tainted))];
    }

    /// <inheritdoc/>
    public async Task<string> SignAsync(AuthorityKind kind, CancellationToken cancellationToken)
    {
        if (kind == AuthorityKind.Jwt)
        {
            var request = new MintJWTSVIDRequest { Id = _signedFor.ToApi(), Audience = { "harness" } };
            var token = (await CallAsync(SvidMethods.MintJWTSVID, request, cancellationToken)).Svid.Token;
            return JwtSvid.TryParse(token, out var svid, out var problem) ? svid.KeyId : throw Trouble(SvidMethods.MintJWTSVID, problem);
        }

        using var key = Keys.Create();
        var csr = ByteString.CopyFrom(SigningRequest.ForWorkload(key, _signedFor));
        var answer = await CallAsync(SvidMethods.MintX509SVID, new MintX509SVIDRequest { Csr = csr }, cancellationToken);
        return DecodedCertificate.Decode(answer.Svid.CertChain[0].Memory).AuthorityKeyId ?? string.Empty;
    }

    /// <inheritdoc/>
    public async Task<AttestedAgent?> FindAgentAsync(string agentId, CancellationToken cancellationToken)
    {
        try
        {
            var agent = await CallAsync(AgentMethods.GetAgent, new GetAgentRequest { Id = ApiId(agentId) }, cancellationToken);
            return new AttestedAgent(agent.X509SvidSerialNumber, agent.Banned);
        }
        catch (HarnessException error) when (IsNotFound(error))
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public Task BanAgentAsync(string agentId, CancellationToken cancellationToken) =>
        CallAsync(AgentMethods.BanAgent, new BanAgentRequest { Id = ApiId(agentId) }, cancellationToken);

    /// <inheritdoc/>
    public async Task DeleteAgentAsync(string agentId, CancellationToken cancellationToken)
    {
        try
        {
            await CallAsync(AgentMethods.DeleteAgent, new DeleteAgentRequest { Id = ApiId(agentId) }, cancellationToken);
        }
        catch (HarnessException error) when (IsNotFound(error))
        {
            // Somebody was faster.
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> CreateEntriesAsync(EntryOrder order, CancellationToken cancellationToken)
    {
        var request = new BatchCreateEntryRequest { OutputMask = new EntryMask() };
        request.Entries.AddRange(Enumerable.Range(order.First, order.Count).Select(number => new Entry
        {
            ParentId = ApiId(order.ParentId),
            SpiffeId = SpiffeId.Of(Domain, $"/harness/{order.Hint}/{number}").ToApi(),
            Selectors = { new Selector { Type = "harness", Value = order.Hint } },
            Hint = order.Hint,
            ExpiresAt = order.ExpiresAt.ToUnixTimeSeconds(),
        }));
        var answer = await CallAsync(EntryMethods.BatchCreateEntry, request, cancellationToken);
        return [.. answer.Results.Where(result => (StatusCode)result.Status.Code == StatusCode.OK).Select(result => result.Entry.Id)];
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> FindEntriesAsync(string hint, CancellationToken cancellationToken)
    {
        var request = new ListEntriesRequest { Filter = new ListEntriesRequest.Types.Filter { ByHint = hint }, OutputMask = new EntryMask() };
        var answer = await CallAsync(EntryMethods.ListEntries, request, cancellationToken);
        return [.. answer.Entries.Select(entry => entry.Id)];
    }

    /// <inheritdoc/>
    public Task DeleteEntriesAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken) => ids.Count == 0
        ? Task.CompletedTask
        : CallAsync(EntryMethods.BatchDeleteEntry, new BatchDeleteEntryRequest { Ids = { ids } }, cancellationToken);

    /// <summary>Makes a call.</summary>
    /// <typeparam name="TRequest">The request.</typeparam>
    /// <typeparam name="TResponse">The response.</typeparam>
    /// <param name="method">The method.</param>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="HarnessException">The server refused, or did not answer in time.</exception>
    internal async Task<TResponse> CallAsync<TRequest, TResponse>(
        UnaryMethod<TRequest, TResponse> method, TRequest request, CancellationToken cancellationToken)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
    {
        using var channel = new GrpcChannel(new GrpcChannelOptions { Dial = _server.DialAdmin });
        try
        {
            return await channel.CallAsync(method, request, CallOptions.Within(Limit), cancellationToken);
        }
        catch (GrpcException error)
        {
            throw Trouble(method, error.Message, error);
        }
    }

    private static bool IsNotFound(HarnessException error) => error.InnerException is GrpcException { Code: StatusCode.NotFound };

    private static SPIFFEID ApiId(string id) => SpiffeId.Parse(id).ToApi();

    private HarnessException Trouble(GrpcMethod method, string problem, Exception? cause = null) =>
        new(ExitCode.EnvironmentFailed, $"{Node.Name}: {method.Name} failed: {problem}", innerException: cause);
}
