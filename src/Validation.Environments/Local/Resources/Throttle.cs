using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Validation.Core.Stacks;
using Validation.Environments.Local.Network;
using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Sandbox;

namespace Validation.Environments.Local.Resources;

/// <summary>A node that is throttled, as seen from the harness.</summary>
internal sealed class Throttle : IProcessorPressure
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _gate = new(1);
    private readonly string _networkNamespace;
    private readonly Process _throttler;
    private readonly TimeProvider _time;

    private Throttle(string networkNamespace, Process throttler, TimeProvider time) => (_networkNamespace, _throttler, _time) = (networkNamespace, throttler, time);

    /// <summary>Begins to throttle a node.</summary>
    /// <param name="node">The node's namespace.</param>
    /// <param name="share">How much of one processor it may use.</param>
    /// <param name="lease">It runs freely after this time.</param>
    /// <param name="time">The clock.</param>
    public static Throttle Start(NodeNamespace node, double share, TimeSpan lease, TimeProvider time) => new(
        node.Identity,
        DotnetHost.StartOwn(Throttler.Command, node.Identity, share.ToString(CultureInfo.InvariantCulture), lease.TotalSeconds.ToString(CultureInfo.InvariantCulture)),
        time);

    /// <inheritdoc/>
    public async Task<ProcessorUse> ReadAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            // Nobody but the limit may end this: an answer that was not waited for would be taken for the next one.
            await _throttler.StandardInput.WriteLineAsync();
            await _throttler.StandardInput.FlushAsync(CancellationToken.None);
            var line = await _throttler.StandardOutput.ReadLineAsync(CancellationToken.None).AsTask().WaitAsync(AnswerLimit, _time, CancellationToken.None)
                ?? throw new IOException("nothing more to read");
            return JsonSerializer.Deserialize<ProcessorUse>(line, HarnessJson.Lines)!;
        }
        catch (Exception error) when (error is IOException or TimeoutException or InvalidOperationException)
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"The process that throttles has ended, or does not answer: {error.Message}", innerException: error);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async Task HealAsync(CancellationToken cancellationToken)
    {
        // It lets the node go as it ends: a harness that is stopped meanwhile could not.
        _throttler.StandardInput.Close();
        try
        {
            await _throttler.WaitForExitAsync(cancellationToken).WaitAsync(AnswerLimit, _time, cancellationToken);
        }
        catch (TimeoutException)
        {
            _throttler.Kill();
            await _throttler.WaitForExitAsync(cancellationToken);
        }

        // Whatever it did last, should somebody else have ended it.
        foreach (var pid in ProcessTable.InNetworkNamespace(_networkNamespace))
        {
            Native.Signal(pid, Native.SigCont);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await HealAsync(CancellationToken.None);
        _throttler.Dispose();
        _gate.Dispose();
    }
}
