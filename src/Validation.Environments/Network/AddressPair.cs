using System.Net;
using Validation.Core.Stacks;

namespace Validation.Environments.Network;

/// <summary>One direction between two addresses, or what of it belongs to a port, as the kernel's sets hold it.</summary>
/// <param name="From">The source address.</param>
/// <param name="To">The destination address.</param>
/// <param name="Port">The port that packets go to or come from; null for all packets.</param>
internal readonly record struct AddressPair(IPAddress From, IPAddress To, int? Port = null)
{
    /// <summary>Returns the pair for traffic.</summary>
    /// <param name="traffic">The traffic.</param>
    public static AddressPair Of(Traffic traffic) => new(traffic.Link.From.Address, traffic.Link.To.Address, traffic.Port);

    /// <summary>Returns the pair as nft spells it.</summary>
    public override string ToString() => Port is { } port ? $"{From} . {To} . {port}" : $"{From} . {To}";
}
