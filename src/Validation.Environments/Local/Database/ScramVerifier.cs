using System.Security.Cryptography;
using System.Text;

namespace Validation.Environments.Local.Database;

/// <summary>Makes what PostgreSQL stores of a password, so that the password itself is in no statement and no log.</summary>
internal static class ScramVerifier
{
    // PostgreSQL's own default.
    private const int Iterations = 4096;
    private const int SaltLength = 16;

    /// <summary>Returns the verifier for a password: <c>SCRAM-SHA-256$iterations:salt$stored:server</c> (RFC 5803).</summary>
    /// <param name="password">The password; ASCII, because others would need to be normalized first.</param>
    public static string For(string password) => For(password, RandomNumberGenerator.GetBytes(SaltLength));

    /// <summary>Returns the verifier for a password with a given salt.</summary>
    /// <param name="password">The password; ASCII.</param>
    /// <param name="salt">The salt.</param>
    internal static string For(string password, byte[] salt)
    {
        var salted = Rfc2898DeriveBytes.Pbkdf2(password, salt, Iterations, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);
        var stored = SHA256.HashData(Hmac(salted, "Client Key"));
        return $"SCRAM-SHA-256${Iterations}:{Convert.ToBase64String(salt)}"
            + $"${Convert.ToBase64String(stored)}:{Convert.ToBase64String(Hmac(salted, "Server Key"))}";
    }

    private static byte[] Hmac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(text));
}
