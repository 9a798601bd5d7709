using System.Text.RegularExpressions;
using Validation.Core.Stacks;
using Validation.Scenarios.Reading;

namespace Validation.Scenarios.Sections;

/// <summary>Reads <c>existing</c> in an environment file: a stack that is there already, and what its owner permits.</summary>
internal static partial class ExistingSection
{
    private const string Key = "existing";
    private const int UsualPort = 8081;

    // What is said about a stack that the harness makes says nothing about one that is there.
    private static readonly string[] OfOurs = ["namespace", "spire", "cut"];

    // Roles whose nodes are pods that an operator has. The load begins in the harness, so there is no workload; names are the cluster's.
    private static readonly string[] KnownRoles = [.. Roles.All.Where(role => role is not (Roles.Workload or Roles.Dns))];

    private static readonly ValueFormat<string> Selector = new(
        "a label selector, such as app.kubernetes.io/name=server", text => SelectorPattern().IsMatch(text) ? text : null);

    private static readonly ValueFormat<string> TrustDomain = new(
        "lower-case letters, digits, dots, dashes and underscores, without spiffe://", text => TrustDomainPattern().IsMatch(text) ? text : null);

    /// <summary>Reads the key of the file.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="faults">The names of all faults; null when nobody knows them.</param>
    /// <param name="log">Takes what is wrong.</param>
    /// <returns>Null when the file does not have it.</returns>
    public static ExistingStackFile? Read(MappingReader file, IReadOnlyCollection<string>? faults, DiagnosticLog log)
    {
        if (file.Find(Key) is not { } value || MappingReader.Of(value, $"'{Key}'", log) is not { } existing)
        {
            return null;
        }

        var helpers = existing.Read("helpers", Formats.Flag) ?? false;
        foreach (var key in OfOurs.Concat(helpers ? [] : ["images"]).Where(file.Has))
        {
            file.Complain(key, $"'{key}' means nothing beside '{Key}': nothing is deployed.{(key == "namespace" ? $" Write it below '{Key}'." : string.Empty)}");
        }

        var usual = existing.Read("namespace", Formats.Name);
        var read = new ExistingStackFile
        {
            TrustDomain = existing.Demand("trust-domain", TrustDomain, "trust-domain: example.org") ?? string.Empty,
            TrustBundle = existing.Demand("trust-bundle", Formats.Text, "trust-bundle: bundle.pem") ?? string.Empty,
            Roles = ReadRoles(existing, usual, log),
            Attestation = ReadKeyPair(existing, "attestation", log),
            Administrator = ReadKeyPair(existing, "administrator", log),
            PermittedFaults = ReadFaults(existing, faults),
            Helpers = helpers,
            Position = value.Position,
        };
        existing.RejectOthers();
        return read;
    }

    private static Dictionary<string, ExistingRoleFile> ReadRoles(MappingReader existing, string? usual, DiagnosticLog log)
    {
        var read = new Dictionary<string, ExistingRoleFile>();
        const string Example = "roles: { spire-server: { selector: app.kubernetes.io/name=server } }";
        if (existing.Demand("roles", Example) is not { } value || MappingReader.Of(value, "'roles'", log) is not { } roles)
        {
            return read;
        }

        roles.Demand(Roles.SpireServer, "spire-server: { selector: app.kubernetes.io/name=server }");
        foreach (var role in KnownRoles)
        {
            if (roles.Has(role) && roles.Find(role) is { } one && MappingReader.Of(one, $"role '{role}'", log) is { } mapping
                && ReadRole(role, mapping, usual) is { } found)
            {
                read[role] = found;
            }
        }

        roles.RejectOthers(KnownRoles);
        return read;
    }

    private static ExistingRoleFile? ReadRole(string role, MappingReader mapping, string? usual)
    {
        var selector = mapping.Demand("selector", Selector, "selector: app.kubernetes.io/name=server");
        var place = mapping.Read("namespace", Formats.Name) ?? usual;
        if (place is null && !mapping.Has("namespace"))
        {
            mapping.Complain("namespace", $"role '{role}' has no 'namespace', and '{Key}' has none either. Write for example 'namespace: spire-server'.");
        }

        var container = mapping.Read("container", Formats.Name);
        var port = role == Roles.SpireServer ? mapping.Read("port", Formats.Count(1, 65_535)) : null;
        mapping.RejectOthers();
        return selector is null || place is null ? null : new ExistingRoleFile(place, selector, container, port ?? UsualPort);
    }

    private static KeyPairFile? ReadKeyPair(MappingReader existing, string key, DiagnosticLog log)
    {
        if (existing.Find(key) is not { } value || MappingReader.Of(value, $"'{key}'", log) is not { } mapping)
        {
            return null;
        }

        var certificate = mapping.Demand("certificate", Formats.Text, "certificate: authority.pem");
        var privateKey = mapping.Demand("key", Formats.Text, "key: authority.key");
        mapping.RejectOthers();
        return certificate is null || privateKey is null ? null : new KeyPairFile(certificate, privateKey);
    }

    private static IReadOnlyList<string> ReadFaults(MappingReader existing, IReadOnlyCollection<string>? known) =>
        existing.ReadList("permitted-faults", "fault", known is null ? Formats.Name : Formats.OneOf(known)) ?? [];

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9./_-]*(=|==|!=)[A-Za-z0-9._-]+(,[A-Za-z0-9][A-Za-z0-9./_-]*(=|==|!=)[A-Za-z0-9._-]+)*$")]
    private static partial Regex SelectorPattern();

    [GeneratedRegex("^[a-z0-9._-]{1,255}$")]
    private static partial Regex TrustDomainPattern();
}
