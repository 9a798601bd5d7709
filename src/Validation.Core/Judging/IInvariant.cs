using Validation.Core.Recording;

namespace Validation.Core.Judging;

/// <summary>A safety property that must never break, fault or no fault. Judged from the recording alone.</summary>
public interface IInvariant
{
    /// <summary>Gets the name that scenarios use.</summary>
    string Name { get; }

    /// <summary>Gets what must hold, in one sentence.</summary>
    string Statement { get; }

    /// <summary>Gets the drivers whose loads, and the kinds of faults that, give it something to judge.</summary>
    /// <value>A scenario without any of them is not asked about this invariant, unless it names it.</value>
    IReadOnlyList<string> FedBy { get; }

    /// <summary>Judges a run.</summary>
    /// <param name="recording">The recording.</param>
    Finding Judge(RunRecording recording);
}
