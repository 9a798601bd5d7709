using EmbeddedSpire.Metrics;

namespace EmbeddedSpire.Tests.Metrics;

public sealed class PrometheusPageTests
{
    private readonly ManualClock _clock = new();
    private readonly MetricRegistry _metrics;

    public PrometheusPageTests() =>
        _metrics = new MetricRegistry(new MetricSettings { HasHostLabel = false }, "spire_server", "bench.test", _clock);

    [Fact]
    public void Write_CallCounter_IsACounterAndASummaryInMilliseconds()
    {
        var call = _metrics.Call("rpc_agent_v1_agent_attest_agent");
        var begun = call.Begin();
        _clock.Advance(TimeSpan.FromMilliseconds(1500.001));

        call.End(begun, "OK");

        Page().Should().Be("""
            # HELP spire_server_rpc_agent_v1_agent_attest_agent spire_server_rpc_agent_v1_agent_attest_agent
            # TYPE spire_server_rpc_agent_v1_agent_attest_agent counter
            spire_server_rpc_agent_v1_agent_attest_agent{status="OK"} 1
            # HELP spire_server_rpc_agent_v1_agent_attest_agent_elapsed_time spire_server_rpc_agent_v1_agent_attest_agent_elapsed_time
            # TYPE spire_server_rpc_agent_v1_agent_attest_agent_elapsed_time summary
            spire_server_rpc_agent_v1_agent_attest_agent_elapsed_time{status="OK",quantile="0.5"} 1500.0009765625
            spire_server_rpc_agent_v1_agent_attest_agent_elapsed_time{status="OK",quantile="0.9"} 1500.0009765625
            spire_server_rpc_agent_v1_agent_attest_agent_elapsed_time{status="OK",quantile="0.99"} 1500.0009765625
            spire_server_rpc_agent_v1_agent_attest_agent_elapsed_time_sum{status="OK"} 1500.0009765625
            spire_server_rpc_agent_v1_agent_attest_agent_elapsed_time_count{status="OK"} 1

            """);
    }

    [Fact]
    public void Write_TenIdleSecondsLater_QuantilesAreNotANumberAndTheSumStays()
    {
        _metrics.Observe("sync", 5);
        _clock.Advance(TimeSpan.FromSeconds(11));

        Page().Should().Contain("spire_server_sync{quantile=\"0.5\"} NaN\n").And.Contain("spire_server_sync_sum 5\n").And.Contain("spire_server_sync_count 1\n");
    }

    [Fact]
    public void Write_LabelValues_AreCleaned()
    {
        _metrics.Set("started", 1, ("version", "1.15.3"), ("trust_domain_id", "bench.test"));

        Page().Should().Contain("spire_server_started{trust_domain_id=\"bench_test\",version=\"1_15_3\"} 1\n");
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1, "1")]
    [InlineData(97613, "97613")]
    [InlineData(86399.4375, "86399.4375")]
    [InlineData(999999, "999999")]
    [InlineData(1e6, "1e+06")]
    [InlineData(1795269558, "1.795269558e+09")]
    [InlineData(16468678372, "1.6468678372e+10")]
    [InlineData(3.977715015411377, "3.977715015411377")]
    [InlineData(0.01995900087058544, "0.01995900087058544")]
    [InlineData(0.00001, "1e-05")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    public void Format_Number_IsGos(double value, string expected) => PrometheusPage.Format(value).Should().Be(expected);

    [Fact]
    public void Quantiles_OfManyValues_StayWithinAFewPerCent()
    {
        for (var i = 1; i <= 20_000; i++)
        {
            _metrics.Observe("many", i);
        }

        var (sum, count, quantiles) = _metrics.Of("many", MetricKind.Summary).SeriesOf(string.Empty).Summary.Read([0.5, 0.99]);

        (sum, count).Should().Be((20_000.0 * 20_001 / 2, 20_000UL));
        quantiles[0].Should().BeApproximately(10_000, 1_000);
        quantiles[1].Should().BeApproximately(19_800, 200);
    }

    private string Page() => string.Concat(PrometheusPage.Write(_metrics).Split('\n').Where(line => line.Contains("spire_", StringComparison.Ordinal)).Select(line => line + "\n"));
}
