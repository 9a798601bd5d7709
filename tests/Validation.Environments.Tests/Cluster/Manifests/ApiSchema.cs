namespace Validation.Environments.Tests.Cluster.Manifests;

/// <summary>The kinds and types of <c>ApiSchema.txt</c>.</summary>
internal sealed record ApiSchema(IReadOnlyList<ApiKind> Kinds, IReadOnlyDictionary<string, IReadOnlyList<ApiField>> Types)
{
    public static ApiSchema Read(string path)
    {
        var kinds = new List<ApiKind>();
        var types = new Dictionary<string, IReadOnlyList<ApiField>>();
        List<ApiField> fields = [];
        foreach (var line in File.ReadLines(path).Where(line => line.Length > 0 && line[0] != '#'))
        {
            // Fields are indented, and one of them is called "type".
            switch (line.Split(' '))
            {
                case ["", "", var name, var type]:
                    fields.Add(new ApiField(name, type.TrimEnd('!'), type.EndsWith('!')));
                    break;
                case ["kind", var version, var kind, var resource]:
                    kinds.Add(new ApiKind(version, kind, resource));
                    types[kind] = fields = [new ApiField("apiVersion", "string", false), new ApiField("kind", "string", false)];
                    break;
                case ["type", var type]:
                    types[type] = fields = [];
                    break;
                default:
                    throw new FormatException($"{path}: '{line}' is neither a kind nor a type nor a field.");
            }
        }

        return new ApiSchema(kinds, types);
    }
}

/// <summary>A kind of object.</summary>
internal sealed record ApiKind(string GroupVersion, string Kind, string Resource)
{
    public string Group => GroupVersion.Contains('/') ? GroupVersion.Split('/')[0] : string.Empty;

    public string Version => GroupVersion.Split('/')[^1];

    public bool IsNamespaced => Kind is not ("Namespace" or "ClusterRole" or "ClusterRoleBinding");
}

/// <summary>A field and its type, written as in <c>ApiSchema.txt</c>.</summary>
internal sealed record ApiField(string Name, string Type, bool IsRequired);
