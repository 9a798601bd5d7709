using System.Security.Cryptography;
using System.Text;
using Validation.Environments.Local.Database;

namespace Validation.Environments.Tests.Local.Database;

public sealed class ScramVerifierTests
{
    // The exchange of RFC 7677, section 3, for user "user" with password "pencil".
    private const string Salt = "W22ZaJ0SNY7soEsUEjb6gQ==";
    private const string Nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    private const string Exchange = $"n=user,r=rOprNGfwEbeRWgbNEkqO,r={Nonce},s={Salt},i=4096,c=biws,r={Nonce}";
    private const string ClientProof = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
    private const string ServerSignature = "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

    [Fact]
    public void For_PasswordOfTheStandard_AcceptsItsClientAndSignsAsItsServer()
    {
        var verifier = ScramVerifier.For("pencil", Convert.FromBase64String(Salt)).Split('$');

        verifier[..2].Should().Equal("SCRAM-SHA-256", $"4096:{Salt}");
        var keys = verifier[2].Split(':').Select(Convert.FromBase64String).ToArray();
        Convert.ToBase64String(Sign(keys[1])).Should().Be(ServerSignature);
        var clientKey = Convert.FromBase64String(ClientProof).Zip(Sign(keys[0]), (a, b) => (byte)(a ^ b)).ToArray();
        SHA256.HashData(clientKey).Should().Equal(keys[0]);
    }

    [Fact]
    public void For_SamePasswordTwice_HasAnotherSalt() =>
        ScramVerifier.For("password").Should().NotBe(ScramVerifier.For("password"));

    private static byte[] Sign(byte[] key) => HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(Exchange));
}
