using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Spire.Wire.Grpc.Client;
using Validation.Core;
using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Stacks;

namespace Validation.Spire.Benching;

/// <summary>A stack that is one <see cref="BenchServer"/> in a process of its own, so that its costs are not counted as the client's.</summary>
public sealed class BenchStack : IStack, ISpireStack
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _server;
    private readonly BenchAddresses _addresses;

    private BenchStack(X509Certificate2 nodeAuthority, Process server, BenchAddresses addresses)
    {
        (_server, _addresses, NodeAuthority) = (server, addresses, nodeAuthority);
        Servers = [new SpireServerAccess(new ServerNode(), LoadBalancedApi, Dialer.Tcp(ClearApi))];
    }

    /// <inheritdoc/>
    public string TrustDomain => BenchTrust.TrustDomain.Name;

    /// <inheritdoc/>
    public string Flavor => "bench";

    /// <inheritdoc/>
    public IPEndPoint LoadBalancedApi => new(IPAddress.Loopback, _addresses.Secure);

    /// <inheritdoc/>
    public IReadOnlyList<SpireServerAccess> Servers { get; }

    /// <inheritdoc/>
    public IReadOnlyList<SpireAgentAccess> Agents => [];

    /// <inheritdoc/>
    public X509Certificate2 NodeAuthority { get; }

    /// <inheritdoc/>
    public string AdministratorId => $"{BenchTrust.TrustDomain.Id}/bench/admin";

    /// <inheritdoc/>
    public IReadOnlyList<INode> Nodes => [.. Servers.Select(server => server.Node)];

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Facts { get; } = new Dictionary<string, string>();

    /// <summary>Gets the address without TLS.</summary>
    internal IPEndPoint ClearApi => new(IPAddress.Loopback, _addresses.Clear);

    /// <summary>Starts the server.</summary>
    /// <param name="command">What starts it; whom it trusts and how long what it signs lives are added as its last arguments, and it ends when its input does.</param>
    /// <param name="svidLife">How long what it signs is valid, in whole seconds.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="HarnessException">It did not start.</exception>
    public static async Task<BenchStack> StartAsync(
        IReadOnlyList<string> command, TimeSpan svidLife, TimeProvider time, CancellationToken cancellationToken)
    {
        var nodeAuthority = MakeNodeAuthority(time.GetUtcNow());
        var server = Process.Start(new ProcessStartInfo(command[0], [.. command.Skip(1), .. new BenchTrust(nodeAuthority, svidLife).Arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        try
        {
            var line = await server.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(Patience, time, cancellationToken);
            var addresses = JsonSerializer.Deserialize<BenchAddresses>(line ?? "null", HarnessJson.Lines)
                ?? throw new HarnessException(ExitCode.EnvironmentFailed, $"The bench's server ended before it listened: {string.Join(' ', command)}");
            return new BenchStack(nodeAuthority, server, addresses);
        }
        catch
        {
            End(server);
            throw;
        }
    }

    /// <summary>Returns a site for loads on this stack, which keeps no SVIDs.</summary>
    /// <param name="facts">Where troubles and failures are recorded.</param>
    /// <param name="time">The clock.</param>
    internal LoadSite Site(IEventSink facts, TimeProvider time) => new(this, this, facts, new NoSvids(), new Seed(1), time);

    /// <inheritdoc/>
    public ValueTask<Stream> DialAsync(IPEndPoint endPoint, CancellationToken cancellationToken) => Dialer.Tcp(endPoint)(cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ReadEntryIdsAsync(CancellationToken cancellationToken) => throw new NotSupportedException("There is no database.");

    /// <inheritdoc/>
    public Task WatchAsync(IEventSink events, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        End(_server);
        NodeAuthority.Dispose();
        return ValueTask.CompletedTask;
    }

    private static void End(Process server)
    {
        using var ended = server;
        server.StandardInput.Close();
        if (!server.WaitForExit(Patience))
        {
            server.Kill();
        }
    }

    private static X509Certificate2 MakeNodeAuthority(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=bench nodes", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(now.AddHours(-1), now.AddDays(1));
    }

    private sealed class NoSvids : ISvidSink
    {
        public void Record(string load, SvidCheck check, ReadOnlySpan<byte> certificate, SvidFacts facts)
        {
        }

        public void Record(in IssuedSvid svid)
        {
        }
    }

    private sealed class ServerNode : INode
    {
        public string Name => "bench-server";

        public string Role => Roles.SpireServer;

        public IPAddress Address => IPAddress.Loopback;

        public NodeStatus Status => new(NodeState.Ready, 0, 1);
    }
}
