using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Health;
using Spire.Wire.Grpc.Client;
using Spire.Wire.Grpc.Client.Lean;
using Validation.Spire.Access;

namespace Validation.Spire.Benching;

/// <summary>Measures the processor time of unary calls: of the clients of the drivers and of the virtual agents, beside h2load's.</summary>
/// <remarks>All three call the same server by turns over one connection each, so that a noisy machine is noisy for all.</remarks>
public sealed class ClientBench
{
    private const int InFlight = 100;
    private const int CallsToCompile = 40_000;

    private readonly BenchStack _stack;
    private readonly TimeProvider _time;

    /// <summary>Creates the bench.</summary>
    /// <param name="stack">What is called.</param>
    /// <param name="time">The clock.</param>
    public ClientBench(BenchStack stack, TimeProvider time) => (_stack, _time) = (stack, time);

    /// <summary>Measures.</summary>
    /// <param name="secure">Whether over TLS.</param>
    /// <param name="calls">How many calls each client makes in a round.</param>
    /// <param name="rounds">How many rounds.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="Core.HarnessException">h2load is missing or failed.</exception>
    public async Task<ClientResult> MeasureAsync(bool secure, int calls, int rounds, CancellationToken cancellationToken)
    {
        using var session = await SpireSession.OpenAsync(_stack.Site(new BenchFacts(_time), _time), cancellationToken);
        var options = Options(_stack, secure, session, _time);
        using var channel = new UnaryChannel(options);
        await using var connection = await GrpcConnection.OpenAsync(options, cancellationToken);
        Task ByChannel() => channel.CallAsync(HealthMethods.Check, new HealthCheckRequest(), Limit, cancellationToken);
        Task ByConnection() => connection.CallAsync(HealthMethods.Check, new HealthCheckRequest(), Limit, cancellationToken);

        await CostOfAsync(ByChannel, CallsToCompile);
        await CostOfAsync(ByConnection, CallsToCompile);
        var measured = new List<ClientRound>();
        while (measured.Count < rounds)
        {
            var h2load = await H2Load.CallAsync(_stack, secure, calls, InFlight, cancellationToken);
            measured.Add(new ClientRound(h2load.TotalMicroseconds / calls, await CostOfAsync(ByChannel, calls), await CostOfAsync(ByConnection, calls)));
        }

        return new ClientResult(secure, InFlight, calls, measured);
    }

    /// <summary>Gets the limit of one call.</summary>
    internal static CallOptions Limit { get; } = CallOptions.Within(TimeSpan.FromSeconds(30));

    private static async Task<CallCost> CostOfAsync(Func<Task> call, int calls)
    {
        var processor = Environment.CpuUsage.TotalTime;
        var allocated = GC.GetTotalAllocatedBytes();
        await Task.WhenAll(Enumerable.Range(0, InFlight).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < calls / InFlight; i++)
            {
                await call();
            }
        })));
        return new CallCost(
            (Environment.CpuUsage.TotalTime - processor).TotalMicroseconds / calls, (double)(GC.GetTotalAllocatedBytes() - allocated) / calls);
    }

    /// <summary>Returns how the server is called.</summary>
    /// <param name="stack">The server.</param>
    /// <param name="secure">Whether over TLS.</param>
    /// <param name="session">What the server is known by.</param>
    /// <param name="time">The clock.</param>
    internal static GrpcChannelOptions Options(BenchStack stack, bool secure, SpireSession session, TimeProvider time)
    {
        var address = secure ? stack.LoadBalancedApi : stack.ClearApi;
        return new GrpcChannelOptions
        {
            Dial = Dialer.Tcp(address),
            Authority = address.ToString(),
            Tls = secure ? () => SvidTls.ForClient(id => id == session.Trust.TrustDomain.ServerId, session.Trust.Verifier, null, time) : null,
            Time = time,
        };
    }
}
