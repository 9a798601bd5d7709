namespace EmbeddedSpire.Configuration;

/// <summary>An enabled plugin of the section <c>plugins</c>.</summary>
/// <param name="Type">Its type: <c>NodeAttestor</c>.</param>
/// <param name="Name">Its name: <c>x509pop</c>.</param>
/// <param name="Position">Where it stands.</param>
/// <param name="Data">Its <c>plugin_data</c>; empty when there is none.</param>
internal sealed record Plugin(string Type, string Name, HclPosition Position, Section Data)
{
    /// <summary>Reads the plugins of a file; those with <c>enabled = false</c> are left out.</summary>
    /// <param name="plugins">The section <c>plugins</c>.</param>
    /// <param name="supported">The names that are supported, by type.</param>
    /// <param name="problems">Told of plugins that are not.</param>
    public static IReadOnlyList<Plugin> ReadAll(
        Section plugins, IReadOnlyDictionary<string, string[]> supported, ConfigurationProblems problems)
    {
        var result = new List<Plugin>();
        foreach (var (item, content) in plugins.Labelled())
        {
            content.Unsupported("Only plugins that are built in can be used.", "plugin_cmd", "plugin_args", "plugin_checksum", "plugin_data_file");
            var plugin = new Plugin(item.Key, item.Labels[0], item.Position, content.ChildOrEmpty("plugin_data"));
            if (content.Truth("enabled") == false)
            {
                plugin.Data.IgnoreAll();
            }
            else if (plugin.IsSupported(supported, problems))
            {
                result.Add(plugin);
            }
            else
            {
                plugin.Data.IgnoreAll();
            }
        }

        return result;
    }

    private bool IsSupported(IReadOnlyDictionary<string, string[]> supported, ConfigurationProblems problems)
    {
        if (!supported.TryGetValue(Type, out var names))
        {
            problems.Add(Position, $"plugins of the type '{Type}' are not supported by the embedded SPIRE; supported are {string.Join(", ", supported.Keys)}.{NearestWord.Hint(Type, supported.Keys)}");
            return false;
        }

        if (!names.Contains(Name))
        {
            problems.Add(Position, $"the {Type} '{Name}' is not supported by the embedded SPIRE; supported are {string.Join(", ", names)}.{NearestWord.Hint(Name, names)}");
            return false;
        }

        return true;
    }
}
