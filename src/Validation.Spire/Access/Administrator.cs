using Google.Protobuf;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Entries;
using Spire.Wire.Contracts.Svids;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;
using Validation.Core;
using Validation.Core.Stacks;

namespace Validation.Spire.Access;

/// <summary>SPIRE's administrator: gets its SVID over a server's private socket and works over the network with it.</summary>
internal sealed class Administrator : IDisposable
{
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SvidLife = TimeSpan.FromHours(24);

    private readonly AgentChannel _channel;

    private Administrator(AgentChannel channel) => _channel = channel;

    /// <summary>Gets the channel with the administrator's SVID.</summary>
    public AgentChannel Channel => _channel;

    /// <summary>Becomes administrator.</summary>
    /// <param name="spire">The stack.</param>
    /// <param name="connector">Makes channels.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="HarnessException">No server minted the SVID.</exception>
    public static async Task<Administrator> AppointAsync(ISpireStack spire, Connector connector, CancellationToken cancellationToken)
    {
        var refusals = new List<string>();
        foreach (var server in spire.Servers)
        {
            try
            {
                return new Administrator(new AgentChannel(connector, await MintAsync(server, spire.AdministratorId, cancellationToken)));
            }
            catch (GrpcException refused)
            {
                refusals.Add($"{server.Node.Name}: {refused.Message}");
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
        var response = await _channel.Current.CallAsync(
            EntryMethods.BatchCreateEntry, new BatchCreateEntryRequest { Entries = { entry } }, CallOptions.Within(CallLimit), cancellationToken);
        var result = response.Results.Single();
        return (StatusCode)result.Status.Code is StatusCode.OK or StatusCode.AlreadyExists
            ? result.Entry
            : throw new HarnessException(ExitCode.EnvironmentFailed, $"The entry '{entry.SpiffeId.Path}' could not be created: {result.Status.Message}");
    }

    /// <inheritdoc/>
    public void Dispose() => _channel.Dispose();

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
        return X509Svid.FromApi(response.Svid, key);
    }
}
