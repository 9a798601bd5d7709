using System.Text;
using System.Text.RegularExpressions;

namespace Validation.Environments.K3s;

/// <summary>Finds the secrets in a kubeconfig: whoever has one is the cluster's administrator.</summary>
internal static partial class KubeconfigSecrets
{
    /// <summary>Returns them, keys both as they stand there and as the PEM that they stand for.</summary>
    /// <param name="kubeconfig">The content of the file.</param>
    public static IEnumerable<string> In(string kubeconfig) =>
        from match in Secret().Matches(kubeconfig)
        let written = match.Groups["secret"].Value
        from form in match.Groups["name"].Value == "client-key-data" ? [written, Encoding.ASCII.GetString(Convert.FromBase64String(written))] : new[] { written }
        select form;

    [GeneratedRegex("^[ -]*(?<name>client-key-data|token|password): *\"?(?<secret>[^\\s\"]+)", RegexOptions.Multiline)]
    private static partial Regex Secret();
}
