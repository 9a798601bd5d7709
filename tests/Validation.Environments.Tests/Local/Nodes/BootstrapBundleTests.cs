using Validation.Environments.Local.Nodes;

namespace Validation.Environments.Tests.Local.Nodes;

public sealed class BootstrapBundleTests
{
    [Fact]
    public async Task ReadPem_LastServerIsLate_WaitsForItsAuthority()
    {
        var source = new GrowingSource(first: 2, then: 3);

        var pem = await BootstrapBundle.ReadPemAsync(source, "api.sock", servers: 3, TimeProvider.System, CancellationToken.None);

        pem.Split("-----BEGIN CERTIFICATE-----").Should().HaveCount(4);
        source.Asked.Should().Be(2);
    }

    [Fact]
    public async Task ReadPem_Complete_AsksOnce()
    {
        var source = new GrowingSource(first: 3, then: 3);

        await BootstrapBundle.ReadPemAsync(source, "api.sock", servers: 3, TimeProvider.System, CancellationToken.None);

        source.Asked.Should().Be(1);
    }

    private sealed class GrowingSource(int first, int then) : IBundleSource
    {
        public int Asked { get; private set; }

        public Task<IReadOnlyList<byte[]>> ReadAuthoritiesAsync(string adminSocket, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<byte[]>>([.. Enumerable.Repeat(new byte[] { 1 }, Asked++ == 0 ? first : then)]);
    }
}
