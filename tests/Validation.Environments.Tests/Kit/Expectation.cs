namespace Validation.Environments.Tests.Kit;

/// <summary>Texts that are reviewed as files under <c>Expectations/</c>.</summary>
internal static class Expectation
{
    public static void Matches(string file, string actual)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Expectations", file);
        var expected = File.Exists(path) ? File.ReadAllText(path) : string.Empty;
        if (actual != expected)
        {
            File.WriteAllText($"{path}.actual", actual);
        }

        actual.Should().Be(expected, "that is what Expectations/{0} says; if the change is meant, take {1}.actual", file, path);
    }
}
