using System.Buffers.Binary;
using System.Security.Cryptography;
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
        using (var writer = new SvidFile(_file, new RunClock(clock), new Dictionary<string, ushort> { ["fetch"] = 0, ["sign"] = 1 }))
        {
            clock.Advance(TimeSpan.FromSeconds(3));
            writer.Record("sign", SvidCheck.UnknownAuthority, "certificate"u8, new SvidFacts(ManualClock.Start, ManualClock.Start.AddHours(1), "00ABcd", "0011"));
        }

        var svid = SvidFile.Read(_file).Should().ContainSingle().Subject;
        svid.AtNs.Should().Be(3_000_000_000);
        svid.Load.Should().Be(1);
        svid.Check.Should().Be(SvidCheck.UnknownAuthority);
        svid.Serial.Should().Be("abcd");
        svid.Issuer.Should().Be("11");
        svid.Fingerprint.Should().Be(BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData("certificate"u8)));
        svid.NotAfter.Should().Be(ManualClock.Start.AddHours(1).ToUnixTimeSeconds());
    }

    [Fact]
    public void Read_SomethingElse_IsRefused()
    {
        File.WriteAllText(_file.FullName, "not SVIDs at all");

        _file.Invoking(SvidFile.Read).Should().Throw<HarnessException>();
    }

    public void Dispose() => _file.Delete();
}
