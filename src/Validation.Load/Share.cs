namespace Validation.Load;

/// <summary>The part of every load that one process fires: operation <c>k</c> when <c>k mod count</c> is the index.</summary>
/// <param name="Index">From 0 to below <paramref name="Count"/>.</param>
/// <param name="Count">How many processes share the loads.</param>
internal readonly record struct Share(int Index, int Count)
{
    /// <summary>Gets the share of a process that is alone.</summary>
    public static Share Whole => new(0, 1);
}
