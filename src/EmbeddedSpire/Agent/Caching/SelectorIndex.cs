namespace EmbeddedSpire.Agent.Caching;

/// <summary>Finds things by the selectors that they have.</summary>
/// <typeparam name="T">The things; each is in the index once.</typeparam>
internal sealed class SelectorIndex<T>
    where T : class
{
    private readonly Dictionary<WorkloadSelector, HashSet<T>> _bySelector = [];

    /// <summary>Adds a thing.</summary>
    public void Add(T thing, IEnumerable<WorkloadSelector> selectors)
    {
        foreach (var selector in selectors)
        {
            if (!_bySelector.TryGetValue(selector, out var things))
            {
                _bySelector[selector] = things = [];
            }

            things.Add(thing);
        }
    }

    /// <summary>Removes a thing that was added with these selectors.</summary>
    public void Remove(T thing, IEnumerable<WorkloadSelector> selectors)
    {
        foreach (var selector in selectors)
        {
            if (_bySelector.TryGetValue(selector, out var things) && things.Remove(thing) && things.Count == 0)
            {
                _bySelector.Remove(selector);
            }
        }
    }

    /// <summary>Tells whether anything has a selector.</summary>
    public bool Has(WorkloadSelector selector) => _bySelector.ContainsKey(selector);

    /// <summary>Returns what has a selector.</summary>
    public IEnumerable<T> With(WorkloadSelector selector) => _bySelector.TryGetValue(selector, out var things) ? things : [];

    /// <summary>Returns what has at least one of several selectors, each once.</summary>
    public IEnumerable<T> WithAny(IEnumerable<WorkloadSelector> selectors) => selectors.SelectMany(With).Distinct();
}
