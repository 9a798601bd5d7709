using Validation.Environments.Local.Nodes;
using Validation.Environments.Tests.Kit;

namespace Validation.Environments.Tests.Local.Nodes;

public sealed class SocketBundleSourceTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory();
    private readonly SocketBundleSource _source = new();

    private string Socket => Path.Combine(_directory.FullName, "api.sock");

    [Fact]
    public async Task Read_ServerAnswers_ReadsOverItsSocket()
    {
        await using var server = await MiniatureServer.StartAsync(Socket, () => MiniatureBundle.With([1, 2], [3]));

        var authorities = await _source.ReadAuthoritiesAsync(Socket, CancellationToken.None);

        authorities.Should().BeEquivalentTo(new byte[][] { [1, 2], [3] });
    }

    [Fact]
    public async Task Read_ServerRefuses_SaysTheStatus()
    {
        await using var server = await MiniatureServer.StartAsync(Socket, () => null);

        var reading = () => _source.ReadAuthoritiesAsync(Socket, CancellationToken.None);

        await reading.Should().ThrowAsync<HarnessException>().WithMessage("*GetBundle failed: *Internal*");
    }

    [Fact]
    public async Task Read_NobodyListens_NamesTheSocket()
    {
        var reading = () => _source.ReadAuthoritiesAsync(Socket, CancellationToken.None);

        await reading.Should().ThrowAsync<HarnessException>().WithMessage($"{Socket}: GetBundle failed:*");
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
