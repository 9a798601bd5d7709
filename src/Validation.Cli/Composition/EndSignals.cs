using System.Runtime.InteropServices;

namespace Validation.Cli.Composition;

/// <summary>Turns the signals that ask a program to end into a token, so that it can leave in good order.</summary>
internal sealed class EndSignals : IDisposable
{
    private readonly CancellationTokenSource _ended;
    private readonly PosixSignalRegistration[] _registrations;

    /// <summary>Begins to listen.</summary>
    /// <param name="cancellationToken">Another reason to end.</param>
    public EndSignals(CancellationToken cancellationToken)
    {
        _ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _registrations =
        [
            .. new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, End)),
        ];
    }

    /// <summary>Gets the token.</summary>
    public CancellationToken Token => _ended.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        Array.ForEach(_registrations, registration => registration.Dispose());
        _ended.Dispose();
    }

    private void End(PosixSignalContext signal)
    {
        signal.Cancel = true;
        _ended.Cancel();
    }
}
