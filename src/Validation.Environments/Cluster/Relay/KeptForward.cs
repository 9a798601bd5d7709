using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Cluster.Relay;

/// <summary>One <c>kubectl port-forward</c> that many connections share: opened with the first, and again when it has broken or leads elsewhere.</summary>
internal sealed class KeptForward : IAsyncDisposable
{
    // A pod that is down is dialled by the load hundreds of times a second; kubectl must not be started as often.
    private static readonly TimeSpan RestAfterFailure = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _gate = new(1);
    private readonly IKubectl _kubectl;
    private readonly int _port;
    private readonly TimeProvider _time;
    private PortForward? _forward;
    private string? _leadsTo;
    private string? _failure;
    private long _failedAt;
    private bool _isDisposed;

    /// <summary>Creates it; nothing is opened yet.</summary>
    /// <param name="kubectl">For the pod's namespace.</param>
    /// <param name="port">The port in the pod.</param>
    /// <param name="time">The clock.</param>
    public KeptForward(IKubectl kubectl, int port, TimeProvider time) => (_kubectl, _port, _time) = (kubectl, port, time);

    /// <summary>Returns the port-forward, opened if need be.</summary>
    /// <param name="pod">The pod's name.</param>
    /// <param name="leadsTo">What it must lead to: one that was opened for something else is replaced. Kubectl goes on listening when the pod behind it has gone.</param>
    /// <param name="broken">One that is known to be broken; null when there is none.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="IOException">It did not open, now or within the last second.</exception>
    public async Task<PortForward> GetAsync(string pod, string leadsTo, PortForward? broken, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            var isSame = _leadsTo == leadsTo;
            if (isSame && _forward is { IsOpen: true } open && open != broken)
            {
                return open;
            }

            return isSame && _failure is { } failure && _time.GetElapsedTime(_failedAt) < RestAfterFailure
                ? throw new IOException(failure)
                : await ReopenAsync(pod, leadsTo, cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Closes a port-forward that leads nowhere; for a second no other one is opened.</summary>
    /// <param name="forward">The one that was used.</param>
    /// <param name="failure">What whoever asks meanwhile is told.</param>
    public async Task GiveUpAsync(PortForward forward, string failure)
    {
        await _gate.WaitAsync();
        if (_forward == forward)
        {
            (_failedAt, _failure) = (_time.GetTimestamp(), failure);
            await CloseAsync();
        }

        _gate.Release();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync();
        _isDisposed = true;
        await CloseAsync();
        _gate.Release();
    }

    private async Task<PortForward> ReopenAsync(string pod, string leadsTo, CancellationToken cancellationToken)
    {
        await CloseAsync();
        _leadsTo = leadsTo;
        try
        {
            _forward = await PortForward.OpenAsync(_kubectl, pod, _port, _time, cancellationToken);
            _failure = null;
            return _forward;
        }
        catch (IOException error)
        {
            (_failedAt, _failure) = (_time.GetTimestamp(), error.Message);
            throw;
        }
    }

    private async Task CloseAsync()
    {
        if (_forward is { } forward)
        {
            _forward = null;
            await forward.DisposeAsync();
        }
    }
}
