namespace Validation.Spire.Benching;

/// <summary>Where a bench's server listens on loopback.</summary>
/// <param name="Clear">The port without TLS.</param>
/// <param name="Secure">The port with TLS.</param>
public sealed record BenchAddresses(int Clear, int Secure);
