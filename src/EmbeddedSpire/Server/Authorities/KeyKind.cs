using System.Security.Cryptography;

namespace EmbeddedSpire.Server.Authorities;

/// <summary>The kinds of keys that <c>ca_key_type</c> and <c>jwt_key_type</c> name.</summary>
internal enum KeyKind
{
    EcP256,
    EcP384,
    Rsa2048,
    Rsa4096,
}

/// <summary>Names and keys of <see cref="KeyKind"/>.</summary>
internal static class KeyKinds
{
    /// <summary>Gets the names, in the order of the kinds.</summary>
    public static readonly string[] Names = ["ec-p256", "ec-p384", "rsa-2048", "rsa-4096"];

    /// <summary>Reads one of <see cref="Names"/>, in any case.</summary>
    public static KeyKind Parse(string name) =>
        (KeyKind)Array.FindIndex(Names, known => string.Equals(known, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Makes a key.</summary>
    public static AsymmetricAlgorithm Create(this KeyKind kind) => kind switch
    {
        KeyKind.EcP256 => ECDsa.Create(ECCurve.NamedCurves.nistP256),
        KeyKind.EcP384 => ECDsa.Create(ECCurve.NamedCurves.nistP384),
        KeyKind.Rsa2048 => RSA.Create(2048),
        _ => RSA.Create(4096),
    };
}
