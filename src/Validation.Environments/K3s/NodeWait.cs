using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.K3s;

/// <summary>Waits for something of a cluster, and looks all the while whether its containers still run.</summary>
internal sealed class NodeWait
{
    private const int LogLines = 15;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly IDocker _docker;
    private readonly K3sNames _names;
    private readonly SecretMask _mask;
    private readonly TimeProvider _time;

    /// <summary>Creates it.</summary>
    /// <param name="docker">The program.</param>
    /// <param name="names">The cluster's names.</param>
    /// <param name="mask">The secrets that a container's last lines must not show.</param>
    /// <param name="time">The clock.</param>
    public NodeWait(IDocker docker, K3sNames names, SecretMask mask, TimeProvider time) => (_docker, _names, _mask, _time) = (docker, names, mask, time);

    /// <summary>Asks again and again until the answer is yes.</summary>
    /// <param name="what">What is waited for; follows "waited … for".</param>
    /// <param name="ask">The question.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="HarnessException">A container ended, or four minutes went by; last log lines are in the message.</exception>
    public async Task UntilAsync(string what, Func<CancellationToken, Task<bool>> ask, CancellationToken cancellationToken)
    {
        var since = _time.GetTimestamp();
        while (!await ask(cancellationToken))
        {
            foreach (var node in K3sNames.Nodes)
            {
                await RequireRunningAsync(node, cancellationToken);
            }

            if (_time.GetElapsedTime(since) > Limit)
            {
                throw await TroubleAsync($"Waited {Duration.Format(Limit)} for {what}.", K3sNames.Server, cancellationToken);
            }

            await Task.Delay(Pause, _time, cancellationToken);
        }
    }

    private async Task RequireRunningAsync(string node, CancellationToken cancellationToken)
    {
        var state = ContainerState.Parse(await _docker.RequireAsync(K3sCommands.AskState(_names.Container(node)), cancellationToken));
        if (state.Status is "exited" or "dead")
        {
            throw await TroubleAsync($"{node} ended with exit code {state.ExitCode}.", node, cancellationToken);
        }
    }

    private async Task<HarnessException> TroubleAsync(string happened, string node, CancellationToken cancellationToken)
    {
        var log = await _docker.RunAsync(K3sCommands.ReadLog(_names.Container(node), LogLines), cancellationToken);
        var lines = _mask.Hide($"{log.Output}{log.Errors}").TrimEnd();
        return new HarnessException(
            ExitCode.EnvironmentFailed, $"{happened} The last lines of {node}:\n  {lines.Replace("\n", "\n  ", StringComparison.Ordinal)}");
    }
}
