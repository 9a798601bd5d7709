using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.TestKit;

namespace Validation.Core.Tests.Recording;

public sealed class SvidFileTests : IDisposable
{
    private readonly FileInfo _file = new(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()));

    [Fact]
    public void Read_WhatWasWritten_IsTheSame()
    {
        var clock = new ManualClock();
        using var certificate = Leaf([0x00, 0xab, 0xcd], [0x00, 0x11, 0x22]);
        using (var writer = new SvidFile(_file, new RunClock(clock), new Dictionary<string, ushort> { ["fetch"] = 0, ["sign"] = 1 }))
        {
            clock.Advance(TimeSpan.FromSeconds(3));
            writer.Record("sign", SvidCheck.UnknownAuthority, certificate);
        }

        var svid = SvidFile.Read(_file).Should().ContainSingle().Subject;
        svid.AtNs.Should().Be(3_000_000_000);
        svid.Load.Should().Be(1);
        svid.Check.Should().Be(SvidCheck.UnknownAuthority);
        svid.Serial.Should().Be("abcd");
        svid.Issuer.Should().Be("1122");
        svid.NotAfter.Should().Be(ManualClock.Start.AddHours(1).ToUnixTimeSeconds());
    }

    [Fact]
    public void Read_SomethingElse_IsRefused()
    {
        File.WriteAllText(_file.FullName, "not SVIDs at all");

        _file.Invoking(SvidFile.Read).Should().Throw<HarnessException>();
    }

    public void Dispose() => _file.Delete();

    private static X509Certificate2 Leaf(byte[] serial, byte[] authority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("O=SPIRE", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(authority));
        var signer = X509SignatureGenerator.CreateForECDsa(key);
        return request.Create(new X500DistinguishedName("O=CA"), signer, ManualClock.Start, ManualClock.Start.AddHours(1), serial);
    }
}
