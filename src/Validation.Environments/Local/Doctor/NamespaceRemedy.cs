namespace Validation.Environments.Local.Doctor;

/// <summary>Finds out why the kernel refused to make namespaces.</summary>
internal static class NamespaceRemedy
{
    private static readonly (string Path, string Refusing, string Remedy)[] Switches =
    [
        ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1",
            "Ubuntu restricts user namespaces: run as root, or allow them with 'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0'."),
        ("/proc/sys/kernel/unprivileged_userns_clone", "0",
            "User namespaces are for root alone here: run as root, or allow them with 'sudo sysctl -w kernel.unprivileged_userns_clone=1'."),
        ("/proc/sys/user/max_user_namespaces", "0",
            "There may be no user namespaces: run as root, or allow them with 'sudo sysctl -w user.max_user_namespaces=10000'."),
    ];

    /// <summary>Returns what to do.</summary>
    public static string Find()
    {
        if (Environment.IsPrivilegedProcess)
        {
            return "Root lacks CAP_SYS_ADMIN here, as in most containers: run on the machine itself, or in a privileged container.";
        }

        foreach (var (path, refusing, remedy) in Switches.Where(entry => File.Exists(entry.Path)))
        {
            if (File.ReadAllText(path).Trim() == refusing)
            {
                return remedy;
            }
        }

        return "Run as root, or on a machine that allows user namespaces; containers often do not.";
    }
}
