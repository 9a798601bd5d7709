using EmbeddedSpire.Configuration;

namespace EmbeddedSpire.Tests.Configuration;

public sealed class FlagSetTests
{
    [Theory]
    [InlineData("-config", "a.conf")]
    [InlineData("--config", "a.conf")]
    [InlineData("-config=a.conf")]
    public void Parse_GoForms_AreTheSame(params string[] arguments) => Set().Parse(arguments).Get("config").Should().Be("a.conf");

    [Fact]
    public void Parse_Switch_NeedsNoValue()
    {
        var flags = Set().Parse(["-expandEnv", "-config", "x"]);

        flags.IsOn("expandEnv").Should().BeTrue();
        flags.Get("config").Should().Be("x");
    }

    [Fact]
    public void Parse_UnknownFlag_NamesTheNearestAndListsAll() =>
        FluentActions.Invoking(() => Set().Parse(["-confg", "x"])).Should().Throw<ConfigurationException>()
            .WithMessage("flag provided but not defined: -confg. Did you mean 'config'?\nUsage of server run:*-config value*");

    [Fact]
    public void Parse_MissingValue_IsReported() =>
        FluentActions.Invoking(() => Set().Parse(["-config"])).Should().Throw<ConfigurationException>().WithMessage("flag needs an argument: -config*");

    private static FlagSet Set() => new FlagSet("server run").Value("config", "The file.").Switch("expandEnv", "Expands.");
}
