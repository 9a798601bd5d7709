using Validation.Core;
using Validation.Spire.Benching;

namespace Validation.Spire.Tests.Benching;

public sealed class OutputTests
{
    [Fact]
    public void H2Load_AllCallsSucceeded_SaysHowMany() => H2Load.SucceededIn("""
        finished in 1.20s, 41666.67 req/s, 3.10MB/s
        requests: 50000 total, 50000 started, 50000 done, 50000 succeeded, 0 failed, 0 errored, 0 timeout
        status codes: 50000 2xx, 0 3xx, 0 4xx, 0 5xx
        """).Should().Be(50_000);

    [Theory]
    [InlineData("requests: 10 total, 10 started, 10 done, 9 succeeded, 1 failed, 1 errored, 0 timeout")]
    [InlineData("Could not connect to 127.0.0.1:1")]
    public void H2Load_NotAllSucceeded_IsNone(string output) => H2Load.SucceededIn(output).Should().Be(0);

    [Fact]
    public void OpenSsl_Speed_IsRead() => OpenSsl.SpeedIn("""
                                      sign    verify    sign/s verify/s
         256 bits ecdsa (nistp256)   0.0000s   0.0001s  67429.3  24095.9
        """).Should().Be((67_429.3, 24_095.9));

    [Fact]
    public void OpenSsl_Connections_AreRead() => OpenSsl.ConnectionsIn("""
        Collecting connection statistics for 2 seconds

        1532 connections in 0.91s; 1683.52 connections/user sec, bytes read 0
        1532 connections in 3 real seconds, 0 bytes read per connection
        """).Should().Be(1_532);

    [Fact]
    public void OpenSsl_NoConnections_IsAnError()
    {
        var read = () => OpenSsl.ConnectionsIn("0 connections in 0.00s; -nan connections/user sec, bytes read 0");

        read.Should().Throw<HarnessException>().WithMessage("*0 connections in 0.00s*");
    }

    [Fact]
    public void ChildProcesses_Time_IsThatOfChildrenWhateverTheProgramIsCalled() =>
        ChildProcesses.TimeIn("4711 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 900 800 120 30 20 0 1").Should().Be(TimeSpan.FromSeconds(1.5));

    [Fact]
    public async Task ChildProcesses_ProgramThatFails_IsAnErrorWithWhatItSaid()
    {
        var run = () => ChildProcesses.RunAsync("sh", ["-c", "echo broken >&2; exit 3"], CancellationToken.None);

        (await run.Should().ThrowAsync<HarnessException>()).WithMessage("*exited with 3*broken*");
    }

    [Fact]
    public void ResidentMemory_OfAProcess_IsRead() =>
        ResidentMemory.In("00400000-7fff ---p 00000000 00:00 0 [rollup]\nRss:              102400 kB\nPss:               90000 kB\n").Should().Be(104_857_600);
}
