using System.Security.Cryptography;

namespace Validation.Environments.Local.Nodes;

/// <summary>The passwords of one stack. They are made for it, lie only in files on its tmpfs, and end with it.</summary>
/// <param name="Superuser">Of PostgreSQL's superuser.</param>
/// <param name="Replication">Of the user as whom replicas follow.</param>
/// <param name="Rewind">Of the user as whom a former primary is rewound.</param>
/// <param name="Spire">Of the SPIRE servers' user.</param>
/// <param name="Harness">Of the harness's own user.</param>
internal sealed record StackSecrets(string Superuser, string Replication, string Rewind, string Spire, string Harness)
{
    /// <summary>Makes new passwords. They consist of letters and digits, so no file format has to quote them.</summary>
    public static StackSecrets Make() => new(Password(), Password(), Password(), Password(), Password());

    private static string Password() => RandomNumberGenerator.GetHexString(32, lowercase: true);
}
