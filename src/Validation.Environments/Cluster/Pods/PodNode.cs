using System.Net;
using Validation.Core.Stacks;

namespace Validation.Environments.Cluster.Pods;

/// <summary>A node of the stack that is a pod: the same node in whatever pod it is at the moment.</summary>
internal class PodNode : INode
{
    private readonly Lock _gate = new();
    private readonly PodProgress _progress;
    private readonly HashSet<IPAddress> _formerAddresses = [];
    private IPAddress _address = IPAddress.None;

    /// <summary>Creates the node; no pod of it was seen yet.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="role">Its role, which is also what its main container is called.</param>
    public PodNode(string name, string role)
        : this(name, role, role)
    {
    }

    /// <summary>Creates the node; no pod of it was seen yet.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="role">Its role.</param>
    /// <param name="container">What its main container is called.</param>
    public PodNode(string name, string role, string container) =>
        (Name, Role, MainContainer, _progress) = (name, role, container, new PodProgress(container));

    /// <summary>Told of every change of state, in order. Must be quick.</summary>
    public event Action<PodNode, NodeStatus>? StateChanged;

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Role { get; }

    /// <summary>Gets the name of the container that the node is about; others in its pod are left alone.</summary>
    public string MainContainer { get; }

    /// <inheritdoc/>
    /// <remarks>That of its last pod, when it has none right now. A pod that is made anew has another.</remarks>
    public IPAddress Address => Volatile.Read(ref _address);

    /// <inheritdoc/>
    public NodeStatus Status
    {
        get
        {
            lock (_gate)
            {
                return _progress.Status;
            }
        }
    }

    /// <summary>Gets its pod; null when it has none right now.</summary>
    public PodFacts? Pod
    {
        get
        {
            lock (_gate)
            {
                return _progress.Pod;
            }
        }
    }

    /// <summary>Gets what to say of it while it has no running pod: why not, as far as that is known.</summary>
    public string Absence => $"{Name} has no running pod right now: {Status.Reason ?? Status.State.ToString()}.";

    /// <summary>Gets its pod as the helpers are told of it.</summary>
    /// <exception cref="HarnessException">It has none right now.</exception>
    public PodIdentity Identity => Pod is { KubernetesNode: { } where, Address: { } address } pod
        ? new PodIdentity
        {
            Name = pod.Name,
            Uid = pod.Uid,
            KubernetesNode = where,
            SecondAddress = pod.SecondAddress,
            Address = address,
            SparedContainers = [.. pod.Containers.Where(container => container.Name != MainContainer).Select(container => container.Id).OfType<string>()],
        }
        : throw new HarnessException(ExitCode.EnvironmentFailed, Absence);

    /// <summary>Returns its pod.</summary>
    /// <exception cref="HarnessException">It has none right now.</exception>
    public PodFacts RequirePod() => Pod ?? throw new HarnessException(ExitCode.EnvironmentFailed, Absence);

    /// <summary>Tells whether an address was that of an earlier pod of this node, and is not that of its present one.</summary>
    /// <param name="address">The address.</param>
    public bool HadAddress(IPAddress address)
    {
        lock (_gate)
        {
            return _formerAddresses.Contains(address);
        }
    }

    /// <summary>Takes in what the API server says.</summary>
    /// <param name="pod">The pod; null when it is gone.</param>
    public void See(PodFacts? pod)
    {
        if (pod?.Address is { } address && !address.Equals(Address))
        {
            lock (_gate)
            {
                _formerAddresses.Add(_address);
                _formerAddresses.Remove(address);
            }

            Volatile.Write(ref _address, address);
        }

        Change(progress => progress.See(pod));
    }

    /// <summary>Takes in what the harness does to the node.</summary>
    /// <param name="change">Changes the progress; returns true when the status is another afterwards.</param>
    protected void Change(Func<PodProgress, bool> change)
    {
        lock (_gate)
        {
            if (change(_progress))
            {
                StateChanged?.Invoke(this, _progress.Status);
            }
        }
    }
}
