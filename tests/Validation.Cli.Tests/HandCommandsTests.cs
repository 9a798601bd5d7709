using System.Net;
using System.Net.Sockets;
using Validation.Core;

namespace Validation.Cli.Tests;

public sealed class HandCommandsTests : CommandLineTest
{
    [Theory]
    [InlineData("relay")]
    [InlineData("node-helper")]
    public async Task Help_OfAHand_SaysThatNobodyTypesIt(string command)
    {
        (await RunAsync(command, "--help")).Should().Be(ExitCode.Pass);

        Output.Should().Contain("Run by the harness itself");
    }

    [Fact]
    public async Task Relay_PortIsTaken_EndsWithThePlaceAndTheReason()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        (await RunAsync("relay", "--port", $"{port}")).Should().Be(ExitCode.EnvironmentFailed);

        Errors.Should().Contain($"127.0.0.1:{port}: the relay cannot listen there.");
    }
}
