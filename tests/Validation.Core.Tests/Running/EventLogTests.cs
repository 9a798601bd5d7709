using System.Text.Json;
using Validation.Core.Running;
using Validation.Core.Stacks;
using Validation.TestKit;

namespace Validation.Core.Tests.Running;

public sealed class EventLogTests : IDisposable
{
    private readonly FileInfo _file = new(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()));
    private readonly ManualClock _clock = new();

    [Fact]
    public void Read_EveryKindOfFact_IsTheSameAsWritten()
    {
        Fact[] facts =
        [
            new LoadsStarted(),
            new FaultInjecting("cut/partition", new Dictionary<string, IReadOnlyList<string>> { ["target"] = ["spire-server-2"] }),
            new NodeChanged("postgres-1", NodeState.BackOff, 2, "exit code 137"),
            new DatabaseRoleChanged("postgres-2", DatabaseRole.Replica, DatabaseRole.Primary, 1, 2),
            new DatabaseWriteGap(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(22)),
            new EntryChanged("e-1", EntryChange.Created),
            new RunEnded(),
        ];
        using (var log = new EventLog(_file, new RunClock(_clock)))
        {
            foreach (var fact in facts)
            {
                _clock.Advance(TimeSpan.FromMilliseconds(1.5));
                log.Record(fact);
            }
        }

        var read = EventLog.Read(_file);
        read.Select(happened => Text(happened.Fact)).Should().Equal(facts.Select(Text));
        read[1].At.Should().Be(TimeSpan.FromMilliseconds(3));
    }

    [Fact]
    public void Record_EveryEvent_IsOnDiskBeforeItReturns()
    {
        using var log = new EventLog(_file, new RunClock(_clock));

        log.Record(new PhaseStarted("baseline"));

        EventLog.Read(_file).Should().ContainSingle("a harness that is killed now must not lose it");
    }

    [Fact]
    public void Read_TheLastLineWasCutOff_KeepsTheOthers()
    {
        using (var log = new EventLog(_file, new RunClock(_clock)))
        {
            log.Record(new PhaseStarted("baseline"));
        }

        File.AppendAllText(_file.FullName, "{\"atMs\":12,\"fact\":{\"event\":\"phase-en");

        EventLog.Read(_file).Should().ContainSingle();
    }

    [Fact]
    public void Record_EveryKindOfFact_HasAnEventName()
    {
        var kinds = typeof(Fact).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Fact)));

        var named = typeof(Fact).GetCustomAttributes(typeof(System.Text.Json.Serialization.JsonDerivedTypeAttribute), false)
            .Cast<System.Text.Json.Serialization.JsonDerivedTypeAttribute>()
            .Select(attribute => attribute.DerivedType);

        named.Should().BeEquivalentTo(kinds);
    }

    private static string Text(Fact fact) => JsonSerializer.Serialize(fact, HarnessJson.Lines);

    public void Dispose() => _file.Delete();
}
