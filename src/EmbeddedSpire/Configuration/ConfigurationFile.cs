using System.Text.RegularExpressions;

namespace EmbeddedSpire.Configuration;

/// <summary>Reads a configuration file of SPIRE's.</summary>
internal static partial class ConfigurationFile
{
    /// <summary>Reads a file and makes settings of it.</summary>
    /// <typeparam name="T">The settings.</typeparam>
    /// <param name="path">The file.</param>
    /// <param name="expandEnvironment">Whether <c>$NAME</c> and <c>${NAME}</c> stand for variables of the environment, as with <c>-expandEnv</c>.</param>
    /// <param name="read">Reads the settings; reports through the sections it is given.</param>
    /// <exception cref="ConfigurationException">The file cannot be read or is wrong; the message lists everything that is.</exception>
    public static T Read<T>(string path, bool expandEnvironment, Func<Section, ConfigurationProblems, T> read)
    {
        var text = ReadText(path);
        var problems = new ConfigurationProblems();
        var root = new Section(string.Empty, HclReader.Read(path, expandEnvironment ? Expand(text) : text), problems);
        var settings = read(root, problems);
        root.Finish();
        problems.ThrowIfAny();
        return settings;
    }

    /// <summary>Replaces variables as Go's os.Expand does; unknown ones become nothing.</summary>
    internal static string Expand(string text) => Variable().Replace(text, match =>
        Environment.GetEnvironmentVariable(match.Groups["name"].Value) ?? string.Empty);

    private static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ConfigurationException($"could not find config file {Path.GetFullPath(path)}: please use the -config flag");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"unable to read configuration at \"{path}\": {error.Message}");
        }
    }

    [GeneratedRegex(@"\$(?:\{(?<name>[^}]*)\}|(?<name>[A-Za-z0-9_]+))")]
    private static partial Regex Variable();
}
