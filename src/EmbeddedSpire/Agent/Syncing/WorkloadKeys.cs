using System.Security.Cryptography;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Agent.Syncing;

/// <summary>The kinds of keys that workloads can have.</summary>
internal static class WorkloadKeys
{
    /// <summary>Gets the names of the kinds in configurations; the first is the default.</summary>
    public static readonly string[] Names = ["ec-p256", "ec-p384", "rsa-2048"];

    /// <summary>Makes a key.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    public static AsymmetricAlgorithm Create(string name) => name switch
    {
        "ec-p256" => Keys.Create(),
        "ec-p384" => ECDsa.Create(ECCurve.NamedCurves.nistP384),
        "rsa-2048" => RSA.Create(2048),
        _ => throw new ArgumentException($"The key type '{name}' is not known; allowed are {string.Join(", ", Names)}.", nameof(name)),
    };
}
