namespace Validation.Core.Recording;

/// <summary>An X509-SVID that the load received, as far as the invariants need it.</summary>
/// <param name="AtNs">When it was received, in nanoseconds since the run began.</param>
/// <param name="Load">The load's index in the plan.</param>
/// <param name="Check">What the driver found when it verified the SVID.</param>
/// <param name="NotBefore">The start of its life, in Unix seconds.</param>
/// <param name="NotAfter">The end of its life, in Unix seconds.</param>
/// <param name="Serial">The serial number in lower-case hexadecimal without leading zeros.</param>
/// <param name="Issuer">The authority key identifier in lower-case hexadecimal without leading zeros.</param>
/// <param name="Fingerprint">The first 64 bits of the SHA-256 of the certificate: tells a second copy from a second certificate.</param>
public readonly record struct IssuedSvid(
    long AtNs, ushort Load, SvidCheck Check, long NotBefore, long NotAfter, string Serial, string Issuer, ulong Fingerprint);

/// <summary>What the driver found when it verified an SVID against the bundle it had.</summary>
public enum SvidCheck : byte
{
    /// <summary>Chain, SPIFFE id, usage and life are right.</summary>
    Verified = 0,

    /// <summary>Its authority is in no bundle that the harness had seen so far.</summary>
    UnknownAuthority = 1,

    /// <summary>Its signature, SPIFFE id, usage or life is wrong.</summary>
    Wrong = 2,
}

/// <summary>Takes SVIDs for the recording. May be called from any thread.</summary>
public interface ISvidSink
{
    /// <summary>Records an SVID.</summary>
    /// <param name="load">The name of the load that received it.</param>
    /// <param name="check">What the driver found.</param>
    /// <param name="certificate">The leaf certificate in DER.</param>
    /// <param name="facts">What the certificate says.</param>
    void Record(string load, SvidCheck check, ReadOnlySpan<byte> certificate, SvidFacts facts);

    /// <summary>Records an SVID that somebody else received, at his time.</summary>
    /// <param name="svid">The SVID.</param>
    void Record(in IssuedSvid svid);
}

/// <summary>What a certificate says, as far as the recording needs it.</summary>
/// <param name="NotBefore">The start of its life.</param>
/// <param name="NotAfter">The end of its life.</param>
/// <param name="Serial">The serial number in hexadecimal.</param>
/// <param name="Issuer">The authority key identifier in hexadecimal; empty when it has none.</param>
public readonly record struct SvidFacts(DateTimeOffset NotBefore, DateTimeOffset NotAfter, string Serial, string Issuer);
