using System.Text.Json.Nodes;
using Validation.Spire.Tests.Scripted;
using Validation.TestKit.Recordings;

namespace Validation.Spire.Tests.Conformance;

/// <summary>Drivers say what clients and agents were recorded to say for the same job.</summary>
public sealed class RequestTests(Rehearsal rehearsal) : IClassFixture<Rehearsal>
{
    private static readonly string[] Clients = ["01", "02", "05", "06", "09", "11", "12", "13", "16", "20", "21", "22", "23"];

    // How a real agent's calls were sent is recorded in files of their own.
    private static readonly (string Call, string File, string Name)[] Headers =
    [
        ("20/1", "agent-x509pop.jsonl", "AttestAgent"),
        ("20/6", "agent-x509pop.jsonl", "BatchNewX509SVID"),
        ("13/1", "workload-api.jsonl", "FetchX509SVID"),
    ];

    [Fact]
    public void Drivers_AnsweredAsByRealServers_Succeed() =>
        rehearsal.Outcomes.Should().HaveCount(12).And.OnlyContain(outcome => outcome.Succeeded);

    [Fact]
    public void Drivers_DoingWhatWasRecorded_SayTheSame() =>
        string.Join("\n", Found().Except(Difference.Known)).Should().BeEmpty("all else is to be said as it was recorded");

    [Fact]
    public void Differences_ThatAreListed_AreStillThere() =>
        Difference.Known.Except(Found()).Should().BeEmpty("what does not differ any more does not belong into the list");

    [Fact]
    public void Attestation_ThatSucceeds_IsHalfClosedAfterItsResult()
    {
        var attestations = rehearsal.AllCalls.Where(call => call.Name == "AttestAgent").ToList();

        attestations.Should().HaveCount(4);
        attestations.Should().OnlyContain(call => string.Join(' ', call.Steps.Select(Speaker)) == "client server client server end", "SPIRE's agent closes its side when it has its SVID");
    }

    [Fact]
    public void OtherCalls_OfAllDrivers_AreHalfClosedAfterTheirOnlyRequest()
    {
        var others = rehearsal.AllCalls.Where(call => call.Name != "AttestAgent").ToList();

        others.Select(call => call.Name).Distinct().Should().HaveCount(7);
        others.Should().OnlyContain(call => string.Join(' ', call.Steps.Select(Speaker)) == "client end server");
    }

    [Fact]
    public void Callers_OfEachMethod_ShowWhatRealOnesShow()
    {
        var agent = "spiffe://bench.test/spire/agent/x509pop/";

        rehearsal.AllCalls.Where(call => call.Name == "AttestAgent").Should().OnlyContain(call => call.Caller == null && call.Place == "api-1");
        rehearsal.AllCalls.Where(call => call.Name == "BatchNewX509SVID").Should().OnlyContain(call => call.Caller!.StartsWith(agent, StringComparison.Ordinal) && call.Place == "api-1");
        rehearsal.AllCalls.Where(call => call.Name.EndsWith("Entry", StringComparison.Ordinal)).Should().OnlyContain(call => call.Caller == "spiffe://bench.test/harness/admin" && call.Place == "api-1");
        rehearsal.AllCalls.Where(call => call.Name is "MintX509SVID" or "GetBundle").Should().OnlyContain(call => call.Caller == null && call.Place == "admin-1");
    }

    private static string Speaker(CallStep step) => step switch { { Message: null } => "end", { IsFromClient: true } => "client", _ => "server" };

    private List<Difference> Found() => [.. ShapesThatDiffer(), .. MethodsThatDiffer(), .. HeadersThatDiffer()];

    /// <summary>Compares every recorded call that succeeded, of the methods that drivers call, with ours.</summary>
    private IEnumerable<Difference> ShapesThatDiffer()
    {
        foreach (var recorded in Clients.SelectMany(RecordedCall.Read).Where(call => Succeeded(call) && call.Messages.Any(line => line.IsFromClient)))
        {
            var ours = rehearsal.AllCalls.Where(call => call.Method == recorded.Method).Select(ShapeOf).Distinct().ToList();
            var theirs = ShapeOf(recorded.Messages.Where(line => line.IsFromClient).Select(line => line.Content));
            if (ours.Count > 0 && !ours.Contains(theirs))
            {
                yield return new Difference(recorded.Name, "requests", theirs, ours.Single());
            }
        }
    }

    /// <summary>Tells whether nothing of a call was refused. 1 means that the recording client had seen enough.</summary>
    private static bool Succeeded(RecordedCall call) =>
        call.Failure is null or { Status: 1 } && !Refusals.ItemsIn(call).Any();

    /// <summary>Compares which methods a real agent called with those of a virtual one.</summary>
    private IEnumerable<Difference> MethodsThatDiffer() => RecordedCall.Read("20")
        .DistinctBy(call => call.Method)
        .Where(call => !rehearsal.Calls["x509-svid-sign"].Any(ours => ours.Method == call.Method && ours.Place == "api-1"))
        .Select(call => new Difference(call.Name, "method", call.Method.Split('/')[^1], "(not called)"));

    private IEnumerable<Difference> HeadersThatDiffer()
    {
        foreach (var (name, file, method) in Headers)
        {
            var recorded = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Recorded", "headers", file))
                .Select(line => JsonNode.Parse(line)!)
                .First(call => call["method"]!.GetValue<string>().EndsWith($"/{method}", StringComparison.Ordinal));
            var metadata = recorded["metadata"]?.AsObject().SelectMany(pair => pair.Value!.AsArray().Select(value => $"{pair.Key}: {value}")) ?? [];
            var (theirs, limited) = (string.Join(", ", metadata), recorded["deadline"] is not null);
            foreach (var ours in rehearsal.AllCalls.Where(call => call.Name == method))
            {
                if (string.Join(", ", ours.Metadata) != theirs)
                {
                    yield return new Difference(name, "metadata", theirs, string.Join(", ", ours.Metadata));
                }

                if (ours.HasDeadline != limited)
                {
                    yield return new Difference(name, "deadline", limited ? "some" : "none", ours.HasDeadline ? "some" : "none");
                }
            }
        }
    }

    private static string ShapeOf(SeenCall call) => ShapeOf(call.Steps.Where(step => step.IsFromClient).Select(step => step.Message).OfType<Google.Protobuf.IMessage>());

    private static string ShapeOf(IEnumerable<Google.Protobuf.IMessage> requests) => string.Join("; ", requests.Select(RequestShape.Of));
}
