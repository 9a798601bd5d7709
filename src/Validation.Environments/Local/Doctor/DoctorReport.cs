namespace Validation.Environments.Local.Doctor;

/// <summary>Everything that the local environment needs, examined.</summary>
/// <param name="Prerequisites">What is needed, one by one.</param>
public sealed record DoctorReport(IReadOnlyList<Prerequisite> Prerequisites)
{
    /// <summary>Gets whether the environment can work here.</summary>
    public bool CanWork => Prerequisites.All(prerequisite => prerequisite.State != PrerequisiteState.Missing);

    /// <summary>Gets the one command that installs all missing packages on Debian and Ubuntu; null when none is missing.</summary>
    public string? InstallCommand
    {
        get
        {
            var packages = Prerequisites
                .Where(prerequisite => prerequisite is { State: PrerequisiteState.Missing, Package: not null })
                .Select(prerequisite => prerequisite.Package)
                .Distinct()
                .ToArray();
            return packages.Length == 0 ? null : $"sudo apt-get install --no-install-recommends {string.Join(' ', packages)}";
        }
    }
}
