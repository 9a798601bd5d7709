using Validation.Core.Recording;
using Validation.Core.Running;

namespace Validation.Spire.Tests.Scripted;

/// <summary>Keeps what drivers record.</summary>
internal sealed class Notebook : IEventSink, ISvidSink
{
    private readonly Lock _gate = new();
    private readonly List<Fact> _facts = [];
    private readonly List<SvidCheck> _svids = [];

    public IReadOnlyList<Fact> Facts
    {
        get
        {
            lock (_gate)
            {
                return [.. _facts];
            }
        }
    }

    public IReadOnlyList<SvidCheck> Svids
    {
        get
        {
            lock (_gate)
            {
                return [.. _svids];
            }
        }
    }

    public RunEvent Record(Fact fact)
    {
        lock (_gate)
        {
            _facts.Add(fact);
        }

        return new RunEvent(TimeSpan.Zero, fact);
    }

    public void Record(string load, SvidCheck check, ReadOnlySpan<byte> certificate, SvidFacts facts)
    {
        lock (_gate)
        {
            _svids.Add(check);
        }
    }

    public void Record(in IssuedSvid svid)
    {
        lock (_gate)
        {
            _svids.Add(svid.Check);
        }
    }
}
