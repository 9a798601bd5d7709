using Validation.Cli.Benching;
using Validation.Core;
using Validation.TestKit;

namespace Validation.Cli.Tests;

public sealed class BenchTests : CommandLineTest
{
    [Theory]
    [InlineData("--agents", "0")]
    [InlineData("--agents", "50001")]
    [InlineData("--seconds", "many")]
    [InlineData("--minutes", "0")]
    [InlineData("--sync", "3601")]
    public async Task Bench_NumberOutOfRange_IsInvalidInput(string option, string value)
    {
        (await RunAsync("bench", "histogram", option, value)).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain($"{option} is '{value}'; allowed is a whole number from 1 to ");
    }

    [Fact]
    public async Task Help_OfTheProgram_DoesNotShowTheBenchsServer()
    {
        await RunAsync("--help");

        Output.Should().Contain("bench").And.NotContain("bench-server");
    }

    [Fact]
    public void Write_TwoBenches_GrowsOneTableAndKeepsTheLatestOfEach()
    {
        using var console = new StringWriter();
        var folder = new BenchFolder(Host(console), "2 x test");

        folder.Write("one", new[] { 1 }, BenchRow.WithRatio("a call", $"{3.0:0.0} us", $"other {2.0:0.0} us", 1.5, most: 2.5));
        folder.Write("one", new[] { 2 }, BenchRow.WithRatio("a call", $"{6.0:0.0} us", $"other {2.0:0.0} us", 3, most: 2.5));

        File.ReadAllLines(Path.Combine(folder.Folder.FullName, "bench.md")).Should().Equal(
            "| when | bench | what | ours | beside | ratio | needed | machine |",
            "| --- | --- | --- | --- | --- | --- | --- | --- |",
            $"| {ManualClock.Start:yyyy-MM-dd HH:mm} | one | a call | 3.0 us | other 2.0 us | 1.50 | ≤ 2.5: met | 2 x test |",
            $"| {ManualClock.Start:yyyy-MM-dd HH:mm} | one | a call | 6.0 us | other 2.0 us | 3.00 | ≤ 2.5: missed | 2 x test |");
        HarnessJson.Read<int[]>(new FileInfo(Path.Combine(folder.Folder.FullName, "one.json"))).Should().Equal(2);
        console.ToString().Should().Contain("missed");
    }

    private CliHost Host(StringWriter console) => new()
    {
        Console = Spectre.Console.AnsiConsole.Create(new Spectre.Console.AnsiConsoleSettings
        {
            Ansi = Spectre.Console.AnsiSupport.No,
            Out = new Spectre.Console.AnsiConsoleOutput(console),
        }),
        Errors = TextWriter.Null,
        Output = TextWriter.Null,
        Time = new ManualClock(),
        Home = Folder,
    };
}
