using System.Net;
using Validation.Core.Stacks;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.K3s;

/// <summary>A Kubernetes node that is a container: a machine with its kubelet, its container runtime and all its pods.</summary>
/// <remarks>
/// Nothing restarts it but the harness. What a fault did to it needs no lease on the engine: when the harness ends, the
/// reaper removes the container, frozen or not.
/// </remarks>
internal sealed class KubernetesNode : IStoppable, IPausable
{
    /// <summary>The exit code of a container that SIGKILL ended.</summary>
    private const int Killed = 137;

    private readonly IDocker _docker;
    private readonly Func<CancellationToken, Task> _restarted;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private string? _startedAt;
    private bool _isHeld;
    private int _pause;
    private NodeStatus _status = new(NodeState.Ready, 0, 1);

    /// <summary>Creates the node; its container runs.</summary>
    /// <param name="name">The Kubernetes node's name.</param>
    /// <param name="container">Its container.</param>
    /// <param name="address">Its address in the cluster's network.</param>
    /// <param name="docker">The program.</param>
    /// <param name="restarted">Called when the container was started again.</param>
    /// <param name="time">The clock.</param>
    public KubernetesNode(
        string name, string container, IPAddress address, IDocker docker, Func<CancellationToken, Task> restarted, TimeProvider time)
    {
        (Name, Container, Address, _docker, _restarted, _time) = (name, container, address, docker, restarted, time);
    }

    /// <summary>Raised when the status has changed.</summary>
    public event Action<KubernetesNode, NodeStatus>? StateChanged;

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Role => Roles.KubernetesNode;

    /// <inheritdoc/>
    public IPAddress Address { get; }

    /// <summary>Gets the container.</summary>
    public string Container { get; }

    /// <inheritdoc/>
    public NodeStatus Status
    {
        get
        {
            lock (_gate)
            {
                return _status;
            }
        }
    }

    /// <summary>Takes in what the engine and the API server say of it.</summary>
    /// <param name="container">Its container.</param>
    /// <param name="kubelet">What the API server knows; null when it does not answer.</param>
    public void See(ContainerState container, KubeletFacts? kubelet)
    {
        NodeStatus? changed = null;
        lock (_gate)
        {
            var incarnation = _status.Incarnation + (_startedAt is not null && _startedAt != container.StartedAt && container.IsUp ? 1 : 0);
            _startedAt = container.IsUp ? container.StartedAt : _startedAt ?? container.StartedAt;
            var (state, reason) = StateOf(container, kubelet);
            var status = new NodeStatus(state, incarnation - 1, incarnation, reason);
            if (status != _status)
            {
                _status = status;
                changed = status;
            }
        }

        if (changed is not null)
        {
            StateChanged?.Invoke(this, changed);
        }
    }

    /// <inheritdoc/>
    public Task<SignalReceipt> KillAsync(bool holdDown, CancellationToken cancellationToken) =>
        HitAsync(holdDown, K3sCommands.Kill(Container), cancellationToken);

    /// <inheritdoc/>
    public Task<SignalReceipt> StopAsync(TimeSpan grace, bool holdDown, CancellationToken cancellationToken) =>
        HitAsync(holdDown, K3sCommands.Stop(Container, grace), cancellationToken);

    /// <inheritdoc/>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!_isHeld)
            {
                return;
            }

            _isHeld = false;
        }

        await StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<int> CountProcessesAsync(CancellationToken cancellationToken)
    {
        var answer = await _docker.RunAsync(DockerCommand.Read("top", Container, "-eo", "pid"), cancellationToken);

        // A heading, and one line for each process. Of a container that does not run there is no list.
        return answer.Succeeded ? Math.Max(0, answer.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length - 1) : 0;
    }

    /// <inheritdoc/>
    public async Task<SignalReceipt> PauseAsync(TimeSpan lease, CancellationToken cancellationToken)
    {
        var receipt = new SignalReceipt(await CountProcessesAsync(cancellationToken), Status.Incarnation);
        await _docker.RequireAsync(K3sCommands.Pause(Container), cancellationToken);
        await LookAsync(cancellationToken);
        _ = WakeAfterAsync(lease, Interlocked.Increment(ref _pause));
        return receipt;
    }

    /// <inheritdoc/>
    public async Task ResumeAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _pause);
        if (await IsFrozenAsync(cancellationToken))
        {
            await _docker.RequireAsync(K3sCommands.Unpause(Container), cancellationToken);
            await LookAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async Task<bool> IsFrozenAsync(CancellationToken cancellationToken) => (await AskAsync(cancellationToken)).Status == "paused";

    private async Task<SignalReceipt> HitAsync(bool holdDown, DockerCommand hit, CancellationToken cancellationToken)
    {
        var receipt = new SignalReceipt(await CountProcessesAsync(cancellationToken), Status.Incarnation);
        lock (_gate)
        {
            _isHeld = holdDown;
        }

        await _docker.RequireAsync(hit, cancellationToken);
        var state = await LookAsync(cancellationToken);
        if (!holdDown)
        {
            await StartAsync(cancellationToken);
        }

        return receipt with { EndedWithinGrace = hit.Arguments[0] == "stop" && state.ExitCode != Killed };
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        await _docker.RequireAsync(K3sCommands.Start(Container), cancellationToken);
        await _restarted(cancellationToken);
        await LookAsync(cancellationToken);
    }

    private async Task<ContainerState> AskAsync(CancellationToken cancellationToken) =>
        ContainerState.Parse(await _docker.RequireAsync(K3sCommands.AskState(Container), cancellationToken));

    private async Task<ContainerState> LookAsync(CancellationToken cancellationToken)
    {
        var state = await AskAsync(cancellationToken);
        See(state, null);
        return state;
    }

    private async Task WakeAfterAsync(TimeSpan lease, int pause)
    {
        await Task.Delay(lease, _time);
        if (Volatile.Read(ref _pause) == pause)
        {
            await _docker.RunAsync(K3sCommands.Unpause(Container), CancellationToken.None);
        }
    }

    private (NodeState State, string? Reason) StateOf(ContainerState container, KubeletFacts? kubelet) => container switch
    {
        { Status: "paused" } => (NodeState.Paused, null),
        { IsUp: false } when _isHeld => (NodeState.Held, null),
        { IsUp: false } => (NodeState.Stopped, $"its container is {container.Status}, exit code {container.ExitCode}"),

        // Until its kubelet has spoken, the API server shows what was true before the node went down.
        _ when IsSilent(container, kubelet) => (NodeState.Starting, "its kubelet has not spoken since it was started"),
        _ when kubelet is null => (NodeState.NotReady, "the API server does not tell"),
        _ when kubelet.IsReady => (NodeState.Ready, null),
        _ => (NodeState.NotReady, "its kubelet is not ready"),
    };

    // When the API server does not tell either, a node that was starting starts still.
    private bool IsSilent(ContainerState container, KubeletFacts? kubelet) => kubelet is null
        ? _status.State is NodeState.Held or NodeState.Stopped or NodeState.Starting
        : !kubelet.HasSpokenSince(container.StartedAt);
}
