using System.Text.Json.Serialization;
using Validation.Core.Stacks;

namespace Validation.Environments.Local.Impairing;

/// <summary>Something that the impairer is told to do. Each order is one line of JSON and is answered by one <see cref="ImpairerReport"/>.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "do")]
[JsonDerivedType(typeof(Impair), "impair")]
[JsonDerivedType(typeof(Heal), "heal")]
[JsonDerivedType(typeof(Count), "count")]
internal abstract record ImpairerOrder;

/// <summary>Begins to impair.</summary>
/// <param name="Id">A number for it.</param>
/// <param name="Traffic">What is impaired.</param>
/// <param name="Impairment">What is done.</param>
internal sealed record Impair(int Id, IReadOnlyList<ImpairedPair> Traffic, Impairment Impairment) : ImpairerOrder;

/// <summary>Ends an impairment. What is held back is sent when it is due.</summary>
/// <param name="Id">Its number.</param>
internal sealed record Heal(int Id) : ImpairerOrder;

/// <summary>Reads the counters of an impairment.</summary>
/// <param name="Id">Its number; one that is not known has none.</param>
internal sealed record Count(int Id) : ImpairerOrder;

/// <summary>Traffic as the impairer knows it.</summary>
/// <param name="From">The source address.</param>
/// <param name="To">The destination address.</param>
/// <param name="Port">The port that packets go to or come from; null for all.</param>
internal sealed record ImpairedPair(string From, string To, int? Port);

/// <summary>What was done to one traffic.</summary>
/// <param name="Packets">Packets that were looked at.</param>
/// <param name="Struck">Packets to which it was done.</param>
internal sealed record PairCount(long Packets, long Struck);

/// <summary>The answer to every order.</summary>
/// <param name="Counts">For <see cref="Count"/>: in the order of the impairment's traffic.</param>
/// <param name="Missed">Packets that were lost because the impairer could not keep up.</param>
internal sealed record ImpairerReport(IReadOnlyList<PairCount> Counts, long Missed);
