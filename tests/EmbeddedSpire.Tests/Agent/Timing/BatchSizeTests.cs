using EmbeddedSpire.Agent.Timing;

namespace EmbeddedSpire.Tests.Agent.Timing;

public sealed class BatchSizeTests
{
    [Fact]
    public void BatchSize_FailureAfterFailure_HalvesDownToOne()
    {
        var batch = new BatchSize();

        var sizes = Enumerable.Range(0, 11).Select(_ =>
        {
            batch.Shrink();
            return batch.Current;
        });

        sizes.Should().Equal(250, 125, 62, 31, 15, 7, 3, 1, 1, 1, 1);
    }

    [Fact]
    public void BatchSize_Success_DoublesUpToWhatServersSign()
    {
        var batch = new BatchSize();
        batch.Shrink();

        batch.Grow();
        batch.Grow();

        batch.Current.Should().Be(500);
    }
}
