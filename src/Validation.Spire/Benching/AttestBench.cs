using Spire.Wire.Certificates;
using Validation.Core;
using Validation.Core.Loads;
using Validation.Spire.Access;

namespace Validation.Spire.Benching;

/// <summary>Measures the processor time of attestations as <c>spire-attest</c> makes them, beside openssl's bare cryptography.</summary>
public sealed class AttestBench
{
    private const int InFlight = 8;
    private const int Nodes = 100;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly BenchStack _stack;
    private readonly TimeProvider _time;

    /// <summary>Creates the bench.</summary>
    /// <param name="stack">What is called.</param>
    /// <param name="time">The clock.</param>
    public AttestBench(BenchStack stack, TimeProvider time) => (_stack, _time) = (stack, time);

    /// <summary>Measures.</summary>
    /// <param name="attestations">How many in a round.</param>
    /// <param name="rounds">How many rounds.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="HarnessException">openssl is missing, or an attestation failed.</exception>
    public async Task<AttestResult> MeasureAsync(int attestations, int rounds, CancellationToken cancellationToken)
    {
        var site = _stack.Site(new BenchFacts(_time), _time);
        using var session = await SpireSession.OpenAsync(site, cancellationToken);
        var nodes = Enumerable.Range(1, Nodes).Select(number => session.Nodes.Make($"bench-{number}")).ToArray();

        // Before anything is written down the code is compiled.
        await CostAsync(site, session, nodes, attestations, cancellationToken);
        var measured = new List<AttestRound>();
        while (measured.Count < rounds)
        {
            var openSsl = await OpenSsl.MeasureAsync(_stack, cancellationToken);
            measured.Add(new AttestRound(await CostAsync(site, session, nodes, attestations, cancellationToken), openSsl));
        }

        return new AttestResult(attestations, measured);
    }

    private static async Task<double> CostAsync(
        LoadSite site, SpireSession session, NodeCertificate[] nodes, int attestations, CancellationToken cancellationToken)
    {
        var keys = Enumerable.Range(0, attestations).Select(_ => Keys.Create()).Select(key => new PreparedKey(key, SigningRequest.ForAgent(key))).ToArray();
        var next = -1;
        var before = Environment.CpuUsage.TotalTime;
        await Task.WhenAll(Enumerable.Range(0, InFlight).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var number && number < attestations)
            {
                await AttestAsync(site, session, nodes[number % nodes.Length], keys[number], cancellationToken);
            }
        })));
        return (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / attestations;
    }

    private static async Task AttestAsync(
        LoadSite site, SpireSession session, NodeCertificate node, PreparedKey prepared, CancellationToken cancellationToken)
    {
        using var key = prepared.Key;
        using var channel = session.Connector.ForAttestation();
        var svid = await Attestation.AttestAsync(channel, node, prepared.Request, Limit, () => { }, cancellationToken);
        var outcome = await SvidAnswer.JudgeAsync(
            "bench",
            svid,
            SpiffeId.Of(session.Trust.TrustDomain, node.AgentPath),
            key.ExportSubjectPublicKeyInfo(),
            session.Trust,
            site.Svids,
            cancellationToken);
        if (!outcome.Succeeded)
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"An attestation of the bench failed: {outcome.Failure} {outcome.Detail}");
        }
    }
}
