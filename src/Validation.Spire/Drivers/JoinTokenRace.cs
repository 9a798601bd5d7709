using Spire.Wire.Certificates;
using Spire.Wire.Grpc.Client;
using Validation.Core.Loads;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Spire.Access;

namespace Validation.Spire.Drivers;

/// <summary>
/// One operation has a join token made and attests with it many times at once, on all servers in turn. Exactly one attempt
/// should be let in; how many were is recorded.
/// </summary>
/// <remarks>Connections are kept, because handshakes would keep the attempts apart.</remarks>
public sealed class JoinTokenRace : ILoadDriver
{
    private static readonly TimeSpan TokenLife = TimeSpan.FromMinutes(10);

    private static readonly Parameter<int> Attempts = Parameters.Count(
        "attempts", "How many attest at once with one token.", 2, 200, 50);

    /// <inheritdoc/>
    public DriverKind Kind { get; } = new(
        DriverNames.JoinTokenRace,
        "Has a join token made and attests with it many times at once, on all servers; exactly one should be let in.",
        [Attempts])
    {
        Needs = [SpireAccess.Administrator],
    };

    /// <inheritdoc/>
    public async Task<IPreparedLoad> PrepareAsync(LoadSpec load, LoadSite site, CancellationToken cancellationToken)
    {
        var session = await SpireSession.OpenAsync(site, cancellationToken);
        var administrator = await Administrator.AppointAsync(site.Spire, session.Connector, site.Time, cancellationToken);
        var servers = site.Spire.Servers;
        var channels = Enumerable.Range(0, load.Parameters.Get(Attempts)).Select(i => session.Connector.ForAttestation(servers[i % servers.Count].Api));
        return new Prepared(load, site, session, administrator, [.. channels]);
    }

    private sealed class Prepared(
        LoadSpec load, LoadSite site, SpireSession session, Administrator administrator, IReadOnlyList<GrpcChannel> channels) : IFiredLoad
    {
        public async ValueTask<Outcome> RunAsync(Operation operation, CancellationToken cancellationToken)
        {
            try
            {
                var token = await administrator.MakeJoinTokenAsync(TokenLife, cancellationToken);
                return await RaceAsync(token, cancellationToken);
            }
            catch (Exception failure) when (Failures.IsOfStack(failure))
            {
                return Failures.Of(failure);
            }
        }

        public ValueTask DisposeAsync()
        {
            foreach (var channel in channels)
            {
                channel.Dispose();
            }

            administrator.Dispose();
            session.Dispose();
            return ValueTask.CompletedTask;
        }

        private async Task<Outcome> RaceAsync(string token, CancellationToken cancellationToken)
        {
            using var key = Keys.Create();
            var request = SigningRequest.ForAgent(key);
            var outcomes = await Task.WhenAll(channels.Select(channel => AttestAsync(channel, token, request, cancellationToken)));
            var accepted = outcomes.Count(outcome => outcome.Succeeded);
            site.Events.Record(new JoinTokenRaced(outcomes.Length, accepted));
            return accepted switch
            {
                1 => Outcome.Success,
                0 => outcomes[0],
                _ => Outcome.Failed(Failures.WrongAnswer, $"{accepted} of {outcomes.Length} attempts with one join token were let in."),
            };
        }

        private async Task<Outcome> AttestAsync(GrpcChannel channel, string token, byte[] request, CancellationToken cancellationToken)
        {
            try
            {
                await Attestation.AttestAsync(channel, token, request, load.Timeout, cancellationToken);
                return Outcome.Success;
            }
            catch (Exception failure) when (Failures.IsOfStack(failure))
            {
                return Failures.Of(failure);
            }
        }
    }
}
