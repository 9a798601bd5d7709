using System.Globalization;
using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Takes a database node's connections until only some remain for others, as an application with a leaking pool does.</summary>
/// <remarks>The lease is the server's <c>idle_session_timeout</c> for each connection that is held.</remarks>
public sealed class HoldConnections : IFaultInjector
{
    private static readonly Parameter<int> Leave = Parameters.Count("leave", "How many connections remain for others.", 0, 10_000, 0);

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    private readonly TimeProvider _time;

    /// <summary>Creates the injector.</summary>
    /// <param name="time">The clock.</param>
    public HoldConnections(TimeProvider time) => _time = time;

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "hold-connections",
        Summary = "Opens connections to a database node, and holds them idle, until only some remain for others; what others give back is taken too.",
        Proof = "In force when the server shows no more free connections than that, and with none left refuses a login; over when the connections are free and a login is accepted.",
        Changes = _ => "the free connections",
        Parameters = [Databases.Target, Leave, CommonParameters.For],
        ProofLimits = new ProofLimits { Injected = TimeSpan.FromSeconds(30) },
        StackMust = Databases.Capabilities,
        Objection = Databases.ObjectionToTarget,
    };

    /// <inheritdoc/>
    public Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken) =>
        OnEachNode.InjectAsync(order.NodesOf(Databases.Target), async node =>
        {
            var length = order.Get(CommonParameters.For);
            var administrator = await Databases.OpenAsync(order.Stack, node, length, cancellationToken);
            var held = new HeldConnections(order.Stack, node, administrator, order.Get(Leave), length);
            try
            {
                await held.TakeAsync(cancellationToken);
                held.GoOn(_time);
                return held;
            }
            catch
            {
                await held.DisposeAsync();
                throw;
            }
        });

    private sealed class HeldConnections(IStack stack, INode node, IDatabaseSession administrator, int leave, TimeSpan length) : IInjection
    {
        // PostgreSQL keeps some for its superuser; connections of replicas are not counted.
        private const string Free =
            "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int - count(*)"
            + " FROM pg_stat_activity WHERE backend_type = 'client backend'";

        private readonly List<IDatabaseSession> _held = [];
        private Repetition? _again;

        public TimeSpan Length => length;

        private IDatabaseControl Control => (IDatabaseControl)stack;

        public async Task TakeAsync(CancellationToken cancellationToken)
        {
            // Counted before each: others connect meanwhile, and what is kept for the superuser is for Patroni.
            while (await CountFreeAsync(cancellationToken) > leave)
            {
                _held.Add(await Databases.OpenAsync(stack, node, length, cancellationToken));
            }
        }

        public void GoOn(TimeProvider time) => _again = Repetition.Every(LookEvery, time, TakeAsync);

        public async Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken)
        {
            var (held, free) = (_held.Count, await CountFreeAsync(cancellationToken));
            if (held == 0)
            {
                // Those of an earlier fault may still be ending.
                return Proof.NotYet($"{node.Name} had no more than {leave} connections free whenever it was looked at, and none is held.");
            }

            if (free > leave)
            {
                return Proof.NotYet($"{node.Name} has {free} connections free, although {held} are held.");
            }

            var statement = $"{held} connections held at {node.Name}, {Math.Max(0, free)} remain for others";
            if (leave > 0)
            {
                return Proof.Proven($"{statement}.");
            }

            var refusal = await Control.TryLoginAsync(node, cancellationToken);
            return refusal == DatabaseErrors.TooManyConnections
                ? Proof.Proven($"{statement}; a login of {Control.ApplicationRole} is refused: too many clients.")
                : Proof.NotYet($"{statement}, and yet a login of {Control.ApplicationRole} is {(refusal is null ? "accepted" : $"refused for another reason ({refusal})")}.");
        }

        public Task<Proof> ProveHeldAsync(CancellationToken cancellationToken) => ProveInjectedAsync(cancellationToken);

        public async Task HealAsync(CancellationToken cancellationToken)
        {
            await (_again?.DisposeAsync() ?? ValueTask.CompletedTask);
            await Task.WhenAll(_held.Select(session => session.DisposeAsync().AsTask()));
        }

        public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken)
        {
            var free = await CountFreeAsync(cancellationToken);
            return free > leave && await Control.TryLoginAsync(node, cancellationToken) is null
                ? Proof.Proven($"{node.Name} has {free} connections free and takes logins of {Control.ApplicationRole}.")
                : Proof.NotYet($"{node.Name} has {free} connections free.");
        }

        public async ValueTask DisposeAsync()
        {
            await HealAsync(CancellationToken.None);
            await administrator.DisposeAsync();
        }

        private async Task<int> CountFreeAsync(CancellationToken cancellationToken) =>
            int.Parse((await administrator.RunAsync(Free, cancellationToken))!, CultureInfo.InvariantCulture);
    }
}
