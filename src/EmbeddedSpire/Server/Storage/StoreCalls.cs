using EmbeddedSpire.Metrics;

namespace EmbeddedSpire.Server.Storage;

/// <summary>Counts and times what is asked of the database, under SPIRE's names: <c>datastore_node_fetch</c>.</summary>
internal sealed class StoreCalls
{
    private readonly MetricRegistry _metrics;
    private readonly string _subject;
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, CallMetric> _calls = [];

    /// <summary>Creates the counters of a store.</summary>
    /// <param name="metrics">Where they are kept.</param>
    /// <param name="subject">What the store is about: <c>node</c>.</param>
    public StoreCalls(MetricRegistry metrics, string subject) => (_metrics, _subject) = (metrics, subject);

    /// <summary>Does something and counts it.</summary>
    /// <param name="verb">What is done: <c>fetch</c>.</param>
    /// <param name="work">Does it.</param>
    public async Task<T> CountAsync<T>(string verb, Func<Task<T>> work)
    {
        var call = _calls.GetOrAdd(verb, static (verb, calls) => calls._metrics.Call($"datastore_{calls._subject}_{verb}"), this);
        var begun = call.Begin();
        var status = "Unknown";
        try
        {
            var result = await work();
            status = "OK";
            return result;
        }
        catch (DatastoreException error)
        {
            status = error.Code.ToString();
            throw;
        }
        finally
        {
            call.End(begun, status);
        }
    }
}
