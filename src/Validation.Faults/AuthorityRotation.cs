using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Has a server sign with another authority, ahead of time, as an operator does who fears for its key.</summary>
/// <remarks>
/// The order is SPIRE's: the next authority is prepared, activated when every server's bundle has it, and then the old one is
/// tainted, so that agents replace what it has signed, and revoked, so that nobody accepts it. Agents learn of each step by
/// their next sync, 5 s apart; a pause that is shorter asks what happens when an operator does not wait for them.
/// </remarks>
public sealed class AuthorityRotation : IFaultInjector
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

    // A server gives agents a copy of the bundle that is up to a second old.
    private static readonly TimeSpan PublishingLimit = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    private static readonly Parameter<Selector> Target = Parameters.Target("target", "The SPIRE servers whose authority is replaced.", "spire-server/any");

    private static readonly Parameter<AuthorityKind> Authority = Parameters.Choice("authority", "What the authority signs.", AuthorityKind.X509);

    private static readonly Parameter<AuthorityChange> Through = Parameters.Choice("through", "The last step that is taken.", AuthorityChange.Activate);

    private static readonly Parameter<TimeSpan> Between = Parameters.Duration(
        "pause", "The time between two steps.", TimeSpan.Zero, LongestPause, TimeSpan.FromSeconds(10));

    private static readonly Parameter<BundleCare> Bundles = Parameters.Choice(
        "bundles", "Whether every server's bundle must have the new authority before it signs, and at the end; SPIRE's own rotation does not ask.", BundleCare.Awaited);

    private readonly TimeProvider _time;

    /// <summary>Creates the injector.</summary>
    /// <param name="time">The clock.</param>
    public AuthorityRotation(TimeProvider time) => _time = time;

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "authority-rotation",
        Summary = "Has servers sign with a new authority, prepared until every server's bundle has it; then taints and revokes the old one, as far as is asked for.",
        Proof = "In force when the server says that the new authority signs; it held when all steps are done and an SVID is signed by it; over when every server's bundle has it, and the old one as it was left.",
        Parameters = [Target, Authority, Through, Between, Bundles],
        ProofLimits = new ProofLimits { Injected = PublishingLimit + LongestPause, Held = LongestPause * 2 },
        StackMust = SpireServers.Capabilities,
        Objection = (fault, shape) => CommonParameters.ObjectionToTarget(fault, shape, Roles.SpireServer, "SPIRE server"),
    };

    /// <inheritdoc/>
    public Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken) => OnEachNode.InjectAsync(
        order.NodesOf(Target), node => Task.FromResult<IInjection>(new Rotation(((ISpireControl)order.Stack).ControlOf(node), order, _time)));

    private sealed class Rotation : IInjection
    {
        private readonly ISpireServerControl _server;
        private readonly IReadOnlyList<ISpireServerControl> _all;
        private readonly AuthorityKind _kind;
        private readonly AuthorityChange _last;
        private readonly TimeSpan _pause;
        private readonly BundleCare _care;
        private readonly TimeProvider _time;
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _rotating;
        private string _old = string.Empty;
        private string _new = string.Empty;
        private AuthorityChange? _done;
        private string _step = "has not answered yet";

        public Rotation(ISpireServerControl server, FaultOrder order, TimeProvider time)
        {
            (_server, _all, _time) = (server, SpireServers.Of(order.Stack), time);
            (_kind, _last, _pause, _care) = (order.Get(Authority), order.Get(Through), order.Get(Between), order.Get(Bundles));
            _rotating = RotateAsync(_stop.Token);
        }

        public TimeSpan Length => TimeSpan.Zero;

        public async Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken)
        {
            if (Trouble() is { } trouble)
            {
                return trouble;
            }

            if (_done is null)
            {
                return Proof.NotYet($"{_server.Node.Name} {_step}.");
            }

            var active = await _server.ReadActiveAuthorityAsync(_kind, cancellationToken);
            return active == _new
                ? Proof.Proven($"{_server.Node.Name} signs with {Short(_new)} instead of {Short(_old)}.")
                : Proof.Refuted($"{_server.Node.Name} signs with {Short(active)} and not with {Short(_new)}.");
        }

        public async Task<Proof> ProveHeldAsync(CancellationToken cancellationToken)
        {
            if (Trouble() is { } trouble)
            {
                return trouble;
            }

            if (!_rotating.IsCompleted)
            {
                return Proof.NotYet($"{_server.Node.Name} {_step}.");
            }

            var signer = await _server.SignAsync(_kind, cancellationToken);
            return signer == _new
                ? Proof.Proven($"{_server.Node.Name} {_step}; an SVID of it is signed by {Short(signer)}.")
                : Proof.Refuted($"An SVID of {_server.Node.Name} is signed by {Short(signer)} and not by {Short(_new)}.");
        }

        // No step is taken any more; those that were cannot be taken back.
        public async Task HealAsync(CancellationToken cancellationToken)
        {
            await _stop.CancelAsync();
            await _rotating.ContinueWith(_ => { }, TaskScheduler.Default);
        }

        public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken)
        {
            if (_done is not { } done)
            {
                return Proof.Proven($"{_server.Node.Name} has activated nothing.");
            }

            if (_care == BundleCare.Ignored)
            {
                return Proof.Proven($"{_server.Node.Name} goes on with {Short(_new)}; nobody looked at bundles.");
            }

            foreach (var server in _all)
            {
                var bundle = await server.ReadBundleAsync(_kind, cancellationToken);
                if (!bundle.Any(authority => authority.Id == _new))
                {
                    return Proof.NotYet($"The bundle of {server.Node.Name} has no {Short(_new)}.");
                }

                if (StandingOfOld(bundle) is var standing && standing != done)
                {
                    return Proof.NotYet($"In the bundle of {server.Node.Name} {Short(_old)} {Describe(standing)}.");
                }
            }

            return Proof.Proven($"Every server's bundle has {Short(_new)}; {Short(_old)} {Describe(done)}.");
        }

        public async ValueTask DisposeAsync()
        {
            await HealAsync(CancellationToken.None);
            _stop.Dispose();
        }

        private static string Short(string id) => id.Length > 8 ? id[..8] : id;

        private static string Describe(AuthorityChange change) => change switch
        {
            AuthorityChange.Taint => "is tainted",
            AuthorityChange.Revoke => "is not in it any more",
            _ => "is still in it",
        };

        // What the last step was, as a bundle shows it.
        private AuthorityChange StandingOfOld(IReadOnlyList<TrustedAuthority> bundle) =>
            bundle.FirstOrDefault(authority => authority.Id == _old) is not { } old ? AuthorityChange.Revoke
            : old.IsTainted ? AuthorityChange.Taint
            : AuthorityChange.Activate;

        private Proof? Trouble() => _rotating.IsFaulted ? Proof.Refuted(_rotating.Exception.InnerException!.Message) : null;

        private async Task RotateAsync(CancellationToken cancellationToken)
        {
            _old = await _server.ReadActiveAuthorityAsync(_kind, cancellationToken);
            await InsistAsync(async () => _new = await _server.PrepareAuthorityAsync(_kind, cancellationToken), cancellationToken);
            _step = $"has prepared {Short(_new)}";
            if (_care == BundleCare.Awaited)
            {
                await WaitUntilPublishedAsync(_new, cancellationToken);
            }

            for (var change = AuthorityChange.Activate; change <= _last; change++)
            {
                await Task.Delay(_pause, _time, cancellationToken);
                await (change == AuthorityChange.Activate
                    ? InsistAsync(() => ActivateAsync(cancellationToken), cancellationToken)
                    : _server.ChangeAuthorityAsync(_kind, change, _old, cancellationToken));
                _done = change;
                _step = change switch
                {
                    AuthorityChange.Activate => $"has activated {Short(_new)}",
                    AuthorityChange.Taint => $"has tainted {Short(_old)}",
                    _ => $"has revoked {Short(_old)}",
                };
            }
        }

        // A server signs with it from the moment it is told to, also when it cannot write that down and does not answer.
        private async Task ActivateAsync(CancellationToken cancellationToken)
        {
            if (await _server.ReadActiveAuthorityAsync(_kind, cancellationToken) != _new)
            {
                await _server.ChangeAuthorityAsync(_kind, AuthorityChange.Activate, _new, cancellationToken);
            }
        }

        /// <summary>Takes a step until it succeeds: another fault may keep the database away for a while.</summary>
        private async Task InsistAsync(Func<Task> step, CancellationToken cancellationToken)
        {
            var since = _time.GetTimestamp();
            while (true)
            {
                try
                {
                    await step();
                    return;
                }
                catch (HarnessException) when (_time.GetElapsedTime(since) < PublishingLimit)
                {
                    await Task.Delay(LookEvery, _time, cancellationToken);
                }
            }
        }

        private async Task WaitUntilPublishedAsync(string id, CancellationToken cancellationToken)
        {
            var since = _time.GetTimestamp();
            foreach (var server in _all)
            {
                while (await WhyUnknownAsync(server, id, cancellationToken) is { } reason)
                {
                    if (_time.GetElapsedTime(since) > PublishingLimit)
                    {
                        throw new HarnessException(ExitCode.EnvironmentFailed, $"{reason} ({Duration.Format(PublishingLimit)} after it was prepared)");
                    }

                    await Task.Delay(LookEvery, _time, cancellationToken);
                }
            }
        }

        private async Task<string?> WhyUnknownAsync(ISpireServerControl server, string id, CancellationToken cancellationToken)
        {
            try
            {
                var bundle = await server.ReadBundleAsync(_kind, cancellationToken);
                return bundle.Any(authority => authority.Id == id) ? null : $"The bundle of {server.Node.Name} has no {Short(id)}.";
            }
            catch (HarnessException trouble)
            {
                // Another fault may hold this server down for a while.
                return trouble.Message;
            }
        }
    }
}

/// <summary>Whether a rotation looks at the servers' bundles.</summary>
internal enum BundleCare
{
    /// <summary>The new authority signs once every bundle has it.</summary>
    Awaited,

    /// <summary>It signs after the pause, whatever the bundles have.</summary>
    Ignored,
}
