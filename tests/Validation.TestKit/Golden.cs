namespace Validation.TestKit;

/// <summary>Texts that a person has read and found right, kept under <c>Expectations/</c> beside the tests.</summary>
/// <remarks>Run the tests with <c>ACCEPT_EXPECTATIONS=1</c> to write what they produce now, then review the difference.</remarks>
public static class Golden
{
    /// <summary>Returns the expected text.</summary>
    /// <param name="name">The file's name.</param>
    /// <param name="actual">What was produced; written to the file instead when it is to be accepted.</param>
    public static string Text(string name, string actual)
    {
        if (Environment.GetEnvironmentVariable("ACCEPT_EXPECTATIONS") == "1")
        {
            File.WriteAllText(Path.Combine(Repository.Project.FullName, "Expectations", name), actual);
            return actual;
        }

        var file = Path.Combine(AppContext.BaseDirectory, "Expectations", name);
        return File.Exists(file) ? File.ReadAllText(file) : $"There is no Expectations/{name}. Run with ACCEPT_EXPECTATIONS=1 and review it.";
    }
}
