using Validation.Core;
using Validation.Core.Judging;
using Validation.Core.Recording;

namespace Validation.TestKit;

/// <summary>An invariant that always finds the same.</summary>
public sealed class FixedInvariant : IInvariant
{
    private readonly Verdict _verdict;

    public FixedInvariant(string name, string statement, Verdict verdict = Verdict.Pass) => (Name, Statement, _verdict) = (name, statement, verdict);

    public string Name { get; }

    public string Statement { get; }

    public IReadOnlyList<string> FedBy => [];

    public Finding Judge(RunRecording recording) =>
        new() { Kind = FindingKind.Invariant, Name = Name, Verdict = _verdict, Statement = Statement };
}
