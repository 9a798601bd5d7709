using Validation.Environments.Local.Nodes;

namespace Validation.Environments.Tests.Local.Nodes;

public sealed class SpireProgramsTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory();

    [Theory]
    [InlineData("")]
    [InlineData("bin")]
    public async Task Find_DirectoryOfARelease_TellsItsVersion(string below)
    {
        var place = _directory.CreateSubdirectory(below.Length == 0 ? "." : below).FullName;
        Program(Path.Combine(place, "spire-server"), "echo 1.15.3 >&2");
        Program(Path.Combine(place, "spire-agent"), "echo 1.15.3 >&2");

        var programs = await SpirePrograms.FindAsync(_directory, CancellationToken.None);

        programs.Flavor.Should().Be("SPIRE 1.15.3");
        programs.Server.Single().Should().EndWith("/spire-server");
        programs.Agent.Single().Should().EndWith("/spire-agent");
    }

    [Fact]
    public async Task Find_DirectoryWithoutAgent_NamesWhatIsMissing()
    {
        Program(Path.Combine(_directory.FullName, "spire-server"), "echo 1.15.3");

        var finding = () => SpirePrograms.FindAsync(_directory, CancellationToken.None);

        (await finding.Should().ThrowAsync<HarnessException>().WithMessage("*'spire-agent'*")).Which.ExitCode.Should().Be(ExitCode.InvalidInput);
    }

    [Fact]
    public async Task Find_ProgramThatIsNoSpire_RepeatsWhatItSaid()
    {
        Program(Path.Combine(_directory.FullName, "spire-server"), "echo hello");
        Program(Path.Combine(_directory.FullName, "spire-agent"), "echo hello");

        var finding = () => SpirePrograms.FindAsync(_directory, CancellationToken.None);

        await finding.Should().ThrowAsync<HarnessException>().WithMessage("*says 'hello'*");
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static void Program(string path, string script)
    {
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
