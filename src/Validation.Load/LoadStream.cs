using Validation.Core.Loads;

namespace Validation.Load;

/// <summary>One load while it is fired.</summary>
/// <param name="Load">The load and what does its operations.</param>
/// <param name="Index">Its index in the plan.</param>
/// <param name="Schedule">Its planned instants.</param>
internal sealed record LoadStream(ReadyLoad Load, ushort Index, Schedule Schedule);
