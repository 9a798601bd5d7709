using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Gives the application's role another password in the database, and tells nobody.</summary>
/// <remarks>
/// Sessions that are open go on: end them with <c>terminate-backends</c> to see more. The server draws the new password,
/// and is given back what it had stored of the old one.
/// </remarks>
public sealed class PasswordRotated : IFaultInjector
{
    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "password-rotated",
        Summary = "Gives the application's role another password that nobody knows; open sessions go on, new logins fail.",
        Proof = "In force while the primary refuses a login with the old password as wrong; over when it accepts it.",
        Changes = _ => "the application's password",
        Parameters = [CommonParameters.For],
        StackMust = Databases.Capabilities,
    };

    /// <inheritdoc/>
    public async Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken)
    {
        var length = order.Get(CommonParameters.For);
        var role = ((IDatabaseControl)order.Stack).ApplicationRole;
        var primary = await Databases.PrimaryAsync(order.Stack, cancellationToken);

        // While another such fault is in force, what is stored is that one's password.
        if (await ((IDatabaseControl)order.Stack).TryLoginAsync(primary, cancellationToken) is { } refusal)
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"{primary.Name} refused a login of {role} before its password was changed ({refusal}).");
        }

        string? stored;
        await using (var session = await Databases.OpenAsync(order.Stack, primary, length, cancellationToken))
        {
            stored = await session.RunAsync($"SELECT rolpassword FROM pg_authid WHERE rolname = '{role}'", cancellationToken);
        }

        var change = await GuardedChange.MakeAsync(
            order.Stack,
            primary,
            [$"DO $change$ BEGIN EXECUTE format('ALTER ROLE {role} PASSWORD %L', gen_random_uuid()); END $change$"],
            [$"ALTER ROLE {role} PASSWORD '{stored}'"],
            length,
            cancellationToken);
        return new OtherPassword(order.Stack, change, length);
    }

    private sealed class OtherPassword(IStack stack, GuardedChange change, TimeSpan length) : IInjection
    {
        private readonly Reversal _reversal = new(change.TakeBackOnPrimaryAsync);

        public TimeSpan Length => length;

        private IDatabaseControl Control => (IDatabaseControl)stack;

        public async Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken)
        {
            var (node, refusal) = await TryLoginAsync(cancellationToken);
            return refusal == DatabaseErrors.InvalidPassword
                ? Proof.Proven($"{node.Name} refuses a login of {Control.ApplicationRole}: its password is wrong.")
                : Proof.NotYet($"{node.Name} {(refusal is null ? "accepts" : $"refuses for another reason ({refusal})")} a login of {Control.ApplicationRole}.");
        }

        public Task<Proof> ProveHeldAsync(CancellationToken cancellationToken) => ProveInjectedAsync(cancellationToken);

        public Task HealAsync(CancellationToken cancellationToken) => _reversal.TryAsync(cancellationToken);

        public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken)
        {
            if (await _reversal.TryAsync(cancellationToken) is { } notYet)
            {
                return notYet;
            }

            var (node, refusal) = await TryLoginAsync(cancellationToken);
            return refusal is null
                ? Proof.Proven($"{node.Name} accepts a login of {Control.ApplicationRole} with its password.")
                : Proof.NotYet($"{node.Name} still refuses a login of {Control.ApplicationRole} ({refusal}).");
        }

        public async ValueTask DisposeAsync() => await _reversal.TryAsync(CancellationToken.None);

        private async Task<(INode Node, string? Refusal)> TryLoginAsync(CancellationToken cancellationToken)
        {
            var primary = await Databases.PrimaryAsync(stack, cancellationToken);
            return (primary, await Control.TryLoginAsync(primary, cancellationToken));
        }
    }
}
