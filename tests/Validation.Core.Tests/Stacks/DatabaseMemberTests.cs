using Validation.Core.Stacks;
using Validation.TestKit;

namespace Validation.Core.Tests.Stacks;

public sealed class DatabaseMemberTests
{
    private static readonly FakeNode Node = new("postgres-1", "postgres");

    [Fact]
    public void Describe_Primary_HasNoLag() =>
        new DatabaseMember(Node, DatabaseRole.Primary, "running", 2, null, false).Describe()
            .Should().Be("primary, running, timeline 2");

    [Fact]
    public void Describe_SynchronousReplica_TellsSoAndItsLag() =>
        new DatabaseMember(Node, DatabaseRole.Replica, "streaming", 2, 16_384, true).Describe()
            .Should().Be("replica, streaming, synchronous, lag 16,384 B, timeline 2");

    [Fact]
    public void Describe_NobodyAnswers_TellsNoMore() =>
        new DatabaseMember(Node, DatabaseRole.Unknown, "unreachable", null, null, false).Describe()
            .Should().Be("unknown, unreachable");
}
