using System.Security.Cryptography;
using System.Text;

namespace Validation.Core;

/// <summary>The number from which every random choice of a run follows.</summary>
/// <remarks>
/// Each choice draws from its own stream, named after what is chosen, so that adding a fault does not change the
/// choices of the others and so that concurrency cannot change any of them.
/// </remarks>
/// <param name="Value">Any number. Printed in every report.</param>
public readonly record struct Seed(int Value)
{
    /// <summary>Returns the random stream for one purpose; the same seed and purpose give the same stream on every machine.</summary>
    /// <param name="purpose">What is chosen, for example <c>fault server-killed/1 target</c>.</param>
    public Random StreamFor(string purpose)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{Value}:{purpose}"));
        return new Random(BitConverter.ToInt32(hash));
    }
}
