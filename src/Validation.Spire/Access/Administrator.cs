using Google.Protobuf;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Agents;
using Spire.Wire.Contracts.Entries;
using Spire.Wire.Contracts.Svids;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;
using Spire.Wire.Grpc.Client.Lean;
using Validation.Core;
using Validation.Core.Stacks;

namespace Validation.Spire.Access;

/// <summary>SPIRE's administrator: gets its SVID over a server's private socket and works over the network with it.</summary>
internal sealed class Administrator : IDisposable
{
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SvidLife = TimeSpan.FromHours(24);

    private const int Attempts = 5;

    private readonly TimeProvider _time;

    private Administrator(AgentChannel channel, TimeProvider time) => (Channel, _time) = (channel, time);

    /// <summary>Gets the channel with the administrator's SVID.</summary>
    public AgentChannel Channel { get; }

    /// <summary>Becomes administrator.</summary>
    /// <param name="spire">The stack.</param>
    /// <param name="connector">Makes channels.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="HarnessException">No server minted the SVID.</exception>
    public static async Task<Administrator> AppointAsync(
        ISpireStack spire, Connector connector, TimeProvider time, CancellationToken cancellationToken)
    {
        var refusals = new List<string>();
        foreach (var server in spire.Servers)
        {
            try
            {
                var svid = await MintAsync(server, spire.AdministratorId, cancellationToken);
                return new Administrator(new AgentChannel(connector, spire.LoadBalancedApi, svid), time);
            }
            catch (Exception refusal) when (Failures.IsOfStack(refusal))
            {
                refusals.Add($"{server.Node.Name}: {Failures.TextOf(refusal)}");
            }
        }

        throw new HarnessException(ExitCode.EnvironmentFailed, $"No server minted an SVID for '{spire.AdministratorId}'. {string.Join("; ", refusals)}");
    }

    /// <summary>Creates a registration entry, or finds the one that is alike.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>The entry as SPIRE has it.</returns>
    /// <exception cref="HarnessException">SPIRE refused.</exception>
    public async Task<Entry> RegisterAsync(Entry entry, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var result = await Channel.UseAsync(channel => CreateAsync(channel, entry, cancellationToken));

                // An entry that is alike comes with its refusal; one that only has the same id does not.
                return (StatusCode)result.Status.Code is StatusCode.OK or StatusCode.AlreadyExists && result.Entry is { } made
                    ? made
                    : throw Refusal(entry, result.Status.Message);
            }
            catch (GrpcException failure) when (failure.Code == StatusCode.Unavailable && attempt < Attempts)
            {
                // The server may not have learnt yet of the authority that signed the administrator's SVID.
                await Task.Delay(TimeSpan.FromSeconds(attempt), _time, cancellationToken);
            }
            catch (Exception failure) when (Failures.IsOfStack(failure))
            {
                throw Refusal(entry, Failures.TextOf(failure));
            }
        }
    }

    /// <summary>Has a join token made.</summary>
    /// <param name="life">How long it is good for.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="GrpcException">SPIRE refused or could not be reached.</exception>
    public Task<string> MakeJoinTokenAsync(TimeSpan life, CancellationToken cancellationToken) => Channel.UseAsync(async channel =>
    {
        var request = new CreateJoinTokenRequest { Ttl = (int)life.TotalSeconds };
        return (await channel.CallAsync(AgentMethods.CreateJoinToken, request, CallOptions.Within(CallLimit), cancellationToken)).Value;
    });

    /// <inheritdoc/>
    public void Dispose() => Channel.Dispose();

    private static HarnessException Refusal(Entry entry, string reason) =>
        new(ExitCode.EnvironmentFailed, $"The entry '{entry.SpiffeId.Path}' could not be created: {reason}");

    private static async Task<BatchCreateEntryResponse.Types.Result> CreateAsync(UnaryChannel channel, Entry entry, CancellationToken cancellationToken)
    {
        var request = new BatchCreateEntryRequest { Entries = { entry } };
        var response = await channel.CallAsync(EntryMethods.BatchCreateEntry, request, CallOptions.Within(CallLimit), cancellationToken);
        return Batch.OnlyResult(response.Results, result => result.Status);
    }

    private static async Task<X509Svid> MintAsync(SpireServerAccess server, string id, CancellationToken cancellationToken)
    {
        using var key = Keys.Create();
        using var channel = new GrpcChannel(new GrpcChannelOptions { Dial = server.DialAdmin });
        var request = new MintX509SVIDRequest
        {
            Csr = ByteString.CopyFrom(SigningRequest.ForWorkload(key, SpiffeId.Parse(id))),
            Ttl = (int)SvidLife.TotalSeconds,
        };
        var response = await channel.CallAsync(SvidMethods.MintX509SVID, request, CallOptions.Within(CallLimit), cancellationToken);
        return SvidAnswer.Take(response.Svid, key);
    }
}
