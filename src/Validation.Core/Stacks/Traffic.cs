namespace Validation.Core.Stacks;

/// <summary>What is sent on a link: all of it, or what belongs to one port.</summary>
/// <param name="Link">The link.</param>
/// <param name="Port">Only TCP and UDP packets that go to this port or come from it; null for all packets.</param>
public readonly record struct Traffic(Link Link, int? Port = null)
{
    /// <inheritdoc/>
    public override string ToString() => Port is { } port ? $"{Link} (port {port})" : Link.ToString();
}

/// <summary>What was done to traffic since somebody began to impair it.</summary>
/// <param name="Traffic">The traffic.</param>
/// <param name="Packets">Packets that were looked at.</param>
/// <param name="Struck">Packets among them to which it was done: that were delayed, lost, changed …</param>
public sealed record TrafficCount(Traffic Traffic, long Packets, long Struck);
