namespace Validation.Environments.Local.Supervisor;

/// <summary>How long a node waits before it is started again, the way Kubernetes does it, with shorter times.</summary>
/// <remarks>
/// 1 s after the first end, doubled with each further one up to 30 s; back to 1 s once the node was healthy for 60 s.
/// (Kubernetes: 10 s, doubled up to 5 minutes, back after 10 minutes.)
/// </remarks>
internal sealed class BackOff
{
    /// <summary>The first wait.</summary>
    public static readonly TimeSpan First = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <summary>How long a node must have been ready without a break for its past to be forgotten.</summary>
    public static readonly TimeSpan Forgiveness = TimeSpan.FromSeconds(60);

    private TimeSpan _next = First;

    /// <summary>Returns how long to wait now.</summary>
    /// <param name="healthyFor">How long the node was ready without a break when it ended.</param>
    public TimeSpan Next(TimeSpan healthyFor)
    {
        var wait = healthyFor >= Forgiveness ? First : _next;
        _next = wait * 2 < Longest ? wait * 2 : Longest;
        return wait;
    }

    /// <summary>Forgets the past: the node ended by a fault that held it down, and not by itself.</summary>
    public void Reset() => _next = First;
}
