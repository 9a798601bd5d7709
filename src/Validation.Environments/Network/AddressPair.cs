using System.Net;
using Validation.Core.Stacks;

namespace Validation.Environments.Network;

/// <summary>One direction between two addresses, as the kernel's sets hold it.</summary>
/// <param name="From">The source address.</param>
/// <param name="To">The destination address.</param>
internal readonly record struct AddressPair(IPAddress From, IPAddress To)
{
    /// <summary>Returns the pair for a link.</summary>
    /// <param name="link">The link.</param>
    public static AddressPair Of(Link link) => new(link.From.Address, link.To.Address);

    /// <summary>Returns the pair as nft spells it.</summary>
    public override string ToString() => $"{From} . {To}";
}
