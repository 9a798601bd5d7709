using Validation.Core;
using Validation.Core.Faults;

namespace Validation.Faults;

/// <summary>Something that is taken back once, at the first time at which that is possible.</summary>
/// <remarks>The database that has to take it back may be without a primary at that moment.</remarks>
internal sealed class Reversal
{
    private readonly Func<CancellationToken, Task> _undo;
    private bool _isDone;

    private Reversal() => (_undo, _isDone) = (_ => Task.CompletedTask, true);

    /// <summary>Creates the reversal.</summary>
    /// <param name="undo">Takes it back; may be called again when it throws a <see cref="HarnessException"/>.</param>
    public Reversal(Func<CancellationToken, Task> undo) => _undo = undo;

    /// <summary>Gets the reversal of nothing.</summary>
    public static Reversal OfNothing { get; } = new();

    /// <summary>Takes several back, each whatever becomes of the others.</summary>
    /// <param name="reversals">What is to be taken back.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>Why one of them is not taken back yet; null when all are.</returns>
    public static async Task<Proof?> TryAllAsync(IReadOnlyList<Reversal> reversals, CancellationToken cancellationToken)
    {
        Proof? notYet = null;
        foreach (var reversal in reversals)
        {
            notYet = await reversal.TryAsync(cancellationToken) ?? notYet;
        }

        return notYet;
    }

    /// <summary>Takes it back unless that is done.</summary>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>Why it is not taken back yet; null when it is.</returns>
    public async Task<Proof?> TryAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!_isDone)
            {
                await _undo(cancellationToken);
                _isDone = true;
            }

            return null;
        }
        catch (HarnessException error)
        {
            return Proof.NotYet(error.Message);
        }
    }
}
