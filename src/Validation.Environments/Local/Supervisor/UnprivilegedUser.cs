using System.Globalization;

namespace Validation.Environments.Local.Supervisor;

/// <summary>The user as whom programs run that refuse to be root.</summary>
/// <remarks>
/// They get one more user namespace in which this user stands for the one who runs the harness: no other right is
/// needed, and files stay ours. The number must be in the password file, because the programs look their name up.
/// </remarks>
/// <param name="Uid">The user's number.</param>
/// <param name="Gid">The number of the user's group.</param>
internal sealed record UnprivilegedUser(int Uid, int Gid)
{
    private const string PasswordFile = "/etc/passwd";
    private static readonly string[] Preferred = ["postgres", "nobody"];

    /// <summary>Returns <c>postgres</c>, or <c>nobody</c> where PostgreSQL's package has made no user.</summary>
    /// <exception cref="HarnessException">There is neither.</exception>
    public static UnprivilegedUser Find()
    {
        var users = File.ReadLines(PasswordFile).Select(line => line.Split(':')).Where(fields => fields.Length > 3).ToArray();
        foreach (var fields in Preferred.Select(name => Array.Find(users, user => user[0] == name)).OfType<string[]>())
        {
            return new UnprivilegedUser(
                int.Parse(fields[2], CultureInfo.InvariantCulture), int.Parse(fields[3], CultureInfo.InvariantCulture));
        }

        throw new HarnessException(
            ExitCode.EnvironmentFailed,
            $"{PasswordFile}: has neither '{Preferred[0]}' nor '{Preferred[1]}'; PostgreSQL needs a user that is not root.");
    }
}
