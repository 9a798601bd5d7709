using System.Net;
using System.Text.RegularExpressions;
using Validation.Environments.Network;

namespace Validation.Environments.Tests.Network;

/// <summary>A packet filter that understands the few statements that cuts consist of, timeouts included.</summary>
internal sealed partial class FakeNetfilter(TimeProvider time) : INetfilter
{
    // A script is a transaction, as it is for the kernel: whoever looks meanwhile sees it done or not begun.
    private readonly Lock _gate = new();
    private readonly Dictionary<AddressPair, (long Since, TimeSpan Timeout)> _cut = [];

    public Dictionary<AddressPair, long> Hits { get; } = [];

    public string Rules { get; set; } = "rules";

    public Exception? Failure { get; set; }

    public Action? BeforeApply { get; set; }

    public IReadOnlySet<AddressPair> Cut
    {
        get
        {
            lock (_gate)
            {
                return _cut.Where(element => time.GetElapsedTime(element.Value.Since) < element.Value.Timeout).Select(element => element.Key).ToHashSet();
            }
        }
    }

    public void Lose(AddressPair pair)
    {
        lock (_gate)
        {
            _cut.Remove(pair);
        }
    }

    public Task ApplyAsync(string script, CancellationToken cancellationToken)
    {
        BeforeApply?.Invoke();
        if (Failure is not null)
        {
            throw Failure;
        }

        lock (_gate)
        {
            foreach (Match statement in Statement().Matches(script))
            {
                Apply(statement);
            }
        }

        return Task.CompletedTask;
    }

    public Task<NftState> ReadAsync(string table, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Failure is null ? Task.FromResult(new NftState(Cut, new Dictionary<AddressPair, long>(Hits), Rules)) : throw Failure;
        }
    }

    private void Apply(Match statement)
    {
        var pair = new AddressPair(IPAddress.Parse(statement.Groups["from"].Value), IPAddress.Parse(statement.Groups["to"].Value));
        switch (statement.Groups["verb"].Value, statement.Groups["set"].Value)
        {
            case ("add", "leased"):
                _cut[pair] = (time.GetTimestamp(), TimeSpan.FromMilliseconds(int.Parse(statement.Groups["ms"].Value)));
                break;
            case ("add", "hits"):
                Hits.TryAdd(pair, 0);
                break;
            case ("delete", var set) when (set == "leased" && Cut.Contains(pair)) || (set == "hits" && Hits.ContainsKey(pair)):
                _ = set == "leased" ? _cut.Remove(pair) : Hits.Remove(pair);
                break;
            default:
                throw new HarnessException(ExitCode.EnvironmentFailed, "Could not process rule: No such file or directory");
        }
    }

    [GeneratedRegex(@"^(?<verb>add|delete) element inet validation (?<set>leased|hits) \{ (?<from>\S+) \. (?<to>\S+)( timeout (?<ms>\d+)ms)? \}$", RegexOptions.Multiline)]
    private static partial Regex Statement();
}
