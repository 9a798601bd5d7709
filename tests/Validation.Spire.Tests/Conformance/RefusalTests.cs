using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Entries;
using Spire.Wire.Contracts.Svids;
using Spire.Wire.Grpc;
using Validation.Core;
using Validation.Core.Loads;
using Validation.Core.Running;
using Validation.Spire.Drivers;
using Validation.Spire.Tests.Scripted;

namespace Validation.Spire.Tests.Conformance;

/// <summary>However a real server or agent was recorded to refuse, drivers report its code, its text and its reason.</summary>
public sealed class RefusalTests
{
    [Fact]
    public void Recordings_OfAllConversations_RefuseInAllTheseWays()
    {
        Refusals.OfCalls.Should().HaveCountGreaterThan(90);
        Refusals.OfCalls.Select(refusal => refusal.Class).Distinct().Should().BeEquivalentTo(
            "invalid-argument", "not-found", "permission-denied", "resource-exhausted", "failed-precondition", "unimplemented", "internal", "unavailable");
        Refusals.OfCalls.Select(refusal => refusal.Reason).Distinct().Should().BeEquivalentTo(
            [null, "AGENT_NOT_ATTESTED", "AGENT_NOT_ACTIVE", "AGENT_BANNED", "AGENT_MUST_REATTEST"]);
    }

    [Fact]
    public Task Attest_Refused_ReportsCodeTextAndReason() => RefuseAsync(new SpireAttest(), "AttestAgent");

    [Fact]
    public Task Sign_Refused_ReportsCodeTextAndReason() => RefuseAsync(new X509SvidSign(), "BatchNewX509SVID");

    [Fact]
    public Task Fetch_Refused_ReportsCodeTextAndReason() => RefuseAsync(new X509SvidFetch(), "FetchX509SVID");

    [Theory]
    [InlineData("BatchCreateEntry")]
    [InlineData("GetEntry")]
    [InlineData("BatchDeleteEntry")]
    public Task Churn_Refused_ReportsCodeTextAndReason(string method) => RefuseAsync(new EntryChurn(), method, ("keep", 1));

    [Fact]
    public async Task Attest_RefusedAfterTheChallenge_ReportsCodeAndText()
    {
        await using var spire = await ScriptedSpire.StartAsync();
        await using var load = await spire.PrepareAsync(new SpireAttest());
        foreach (var name in new[] { "02/4", "02/10", "02/11", "02/12", "02/13", "11/13" })
        {
            var recorded = Recorded.Call(name);
            spire.Script = call => call.Name == "AttestAgent" ? Exchange.Of(recorded) : spire.Today.To(call);

            var outcome = await spire.RunAsync(load);

            outcome.Detail.Should().Be($"{(StatusCode)recorded.Failure!.Status!.Value}: {recorded.Failure.Message}", name);
        }
    }

    [Fact]
    public async Task Sign_RefusedItem_ReportsCodeAndText()
    {
        await using var spire = await ScriptedSpire.StartAsync();
        await using var load = await spire.PrepareAsync(new X509SvidSign(), ("agents", 1));
        var items = Refusals.OfItems(SvidMethods.BatchNewX509SVID);

        items.Should().HaveCount(6);
        foreach (var item in items)
        {
            spire.Script = call => call.Name == "BatchNewX509SVID" ? Exchange.Of(Refusals.Alone<BatchNewX509SVIDResponse>(item.Item)) : spire.Today.To(call);
            Expect(await spire.RunAsync(load), item);
        }
    }

    [Fact]
    public async Task Churn_RefusedEntry_ReportsCodeAndTextAndAcknowledgesNothing()
    {
        await using var spire = await ScriptedSpire.StartAsync();
        await using var load = await spire.PrepareAsync(new EntryChurn());
        var items = Refusals.OfItems(EntryMethods.BatchCreateEntry);

        items.Should().HaveCountGreaterThan(15);
        foreach (var item in items)
        {
            spire.Script = call => call.Name == "BatchCreateEntry" ? Exchange.Of(Refusals.Alone<BatchCreateEntryResponse>(item.Item)) : spire.Today.To(call);
            Expect(await spire.RunAsync(load), item);
        }

        spire.Notebook.Facts.OfType<EntryChanged>().Should().BeEmpty();
    }

    [Theory]
    [InlineData("not-found", EntryChange.Missing)]
    [InlineData("invalid-argument", EntryChange.Deleting)]
    public async Task Churn_RefusedDeletion_ReportsItAndWritesIntoTheLedgerWhatIsKnown(string failure, EntryChange last)
    {
        await using var spire = await ScriptedSpire.StartAsync();
        await using var load = await spire.PrepareAsync(new EntryChurn(), ("keep", 1));
        var item = Refusals.OfItems(EntryMethods.BatchDeleteEntry).Single(item => item.Class == failure);
        spire.Script = call => call.Name == "BatchDeleteEntry" ? Exchange.Of(Refusals.Alone<BatchDeleteEntryResponse>(item.Item)) : spire.Today.To(call);
        await spire.RunAsync(load);

        Expect(await spire.RunAsync(load, 1), item);

        spire.Notebook.Facts.OfType<EntryChanged>().Last().Should().Be(new EntryChanged("entry-1", last));
    }

    [Theory]
    [InlineData("MintX509SVID", "09/14", "No server minted an SVID for 'spiffe://bench.test/harness/admin'. spire-server-1: InvalidArgument: CSR URI SAN is invalid")]
    [InlineData("BatchCreateEntry", "10/11", "The entry '/harness/nodes' could not be created: PermissionDenied: authorization denied")]
    [InlineData("BatchCreateEntry", "10/21", "The entry '/harness/nodes' could not be created: Unavailable: connection error")]
    [InlineData("AttestAgent", "11/13", "A virtual agent could not be attested: PermissionDenied: failed to attest: agent is banned")]
    [InlineData("GetBundle", "06/5", "None of spire-server-1 gave its bundle.")]
    public async Task Preparation_Refused_EndsTheRunAndSaysWhatTheServerSaid(string method, string call, string expected)
    {
        await using var spire = await ScriptedSpire.StartAsync();
        var status = Exchange.StatusOf(Recorded.Call(call).Failure!);
        spire.Script = seen => seen.Name == method ? Exchange.Of(status) : spire.Today.To(seen);

        var preparing = () => spire.PrepareAsync(new X509SvidSign());

        (await preparing.Should().ThrowAsync<HarnessException>().WithMessage($"{expected}*")).Which.ExitCode.Should().Be(ExitCode.EnvironmentFailed);
    }

    [Fact]
    public async Task Preparation_EntryIsThereAlready_GoesOnWithIt()
    {
        await using var spire = await ScriptedSpire.StartAsync();
        await using var first = await spire.PrepareAsync(new X509SvidSign(), ("agents", 1));
        var recorded = (BatchCreateEntryResponse)Recorded.Answer("05/2");
        recorded.Results[0].Entry.Id = "entry-2";
        spire.Script = call => call.Name == "BatchCreateEntry" ? Exchange.Of(recorded) : spire.Today.To(call);

        await using var second = await spire.PrepareAsync(new X509SvidSign(), ("agents", 1));

        (await spire.RunAsync(second)).Should().Be(Outcome.Success);
    }

    [Fact]
    public async Task Preparation_EntryIdIsTaken_EndsTheRun()
    {
        await using var spire = await ScriptedSpire.StartAsync();
        spire.Script = call => call.Name == "BatchCreateEntry" ? Exchange.Of(Recorded.Call("05/3")) : spire.Today.To(call);

        var preparing = () => spire.PrepareAsync(new X509SvidSign());

        await preparing.Should().ThrowAsync<HarnessException>().WithMessage("*could not be created*uix_registered_entries_entry_id*");
    }

    private static async Task RefuseAsync(ILoadDriver driver, string method, params (string, object)[] parameters)
    {
        await using var spire = await ScriptedSpire.StartAsync();
        await using var load = await spire.PrepareAsync(driver, parameters);
        await spire.RunAsync(load);
        await spire.RunAsync(load, 1);
        foreach (var refusal in Refusals.OfCalls)
        {
            spire.Script = call => call.Name == method ? Exchange.Of(refusal.Status) : spire.Today.To(call);

            var outcome = await spire.RunAsync(load, 2);

            var text = $"{refusal.Status.Code}: {refusal.Status.Message}{(refusal.Reason is { } reason ? $" ({reason})" : string.Empty)}";
            outcome.Should().Be(Outcome.Failed(refusal.Class, text), refusal.Call);
        }
    }

    private static void Expect(Outcome outcome, RefusedItem item) =>
        outcome.Should().Be(Outcome.Failed(item.Class, $"{(StatusCode)item.Status.Code}: {item.Status.Message}"), item.Call);
}
