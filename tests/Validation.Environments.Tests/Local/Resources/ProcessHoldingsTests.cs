using Validation.Core.Stacks;
using Validation.Environments.Local.Resources;

namespace Validation.Environments.Tests.Local.Resources;

public sealed class ProcessHoldingsTests
{
    [Theory]
    [InlineData("0 1 2", 0, 3)]
    [InlineData("0 1 2", 2, 5)]
    [InlineData("0 1 2 7 9", 0, 3)]
    [InlineData("0 1 2 4 5", 1, 6)]
    [InlineData("0 1 2 4 5", 2, 7)]
    [InlineData("", 1, 1)]
    public void Descriptors_ALimitThatLeavesSome_CountsTheNumbersBetween(string open, long leave, long limit)
    {
        var holdings = ProcessHoldings.OfDescriptors(open.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse));

        holdings.LimitThatLeaves(leave).Should().Be(limit);
        holdings.RemainingBelow(limit).Should().Be(leave);
    }

    [Fact]
    public void Memory_ALimitThatLeavesSome_IsInBytes()
    {
        var holdings = ProcessHoldings.OfMemory("VmData:\t    2048 kB");

        holdings.LimitThatLeaves(1024).Should().Be((2048 * 1024) + 1024);
        holdings.RemainingBelow(1024 * 1024).Should().Be(-1024 * 1024);
    }

    [SkippableTheory]
    [InlineData(ProcessResource.Memory)]
    [InlineData(ProcessResource.FileDescriptors)]
    public void Read_AProcessOfTheKernel_IsUnderstood(ProcessResource resource)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs Linux");

        ProcessHoldings.Read(Environment.ProcessId, resource)!.LimitThatLeaves(0).Should().BePositive();
        ProcessHoldings.Read(int.MaxValue, resource).Should().BeNull();
    }
}
