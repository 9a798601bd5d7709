using EmbeddedSpire.Configuration;

namespace EmbeddedSpire.Tests.Configuration;

public sealed class ConfigurationFileTests
{
    [Fact]
    public void Expand_Variables_AreReplacedAndUnknownOnesVanish()
    {
        Environment.SetEnvironmentVariable("EMBEDDED_SPIRE_TEST", "secret");

        ConfigurationFile.Expand("a=${EMBEDDED_SPIRE_TEST} b=$EMBEDDED_SPIRE_TEST c=${EMBEDDED_SPIRE_NOT_THERE}.").Should().Be("a=secret b=secret c=.");
    }

    [Fact]
    public void Read_MissingFile_SaysHowToNameOne() =>
        FluentActions.Invoking(() => ConfigurationFile.Read("/nowhere/server.conf", false, (_, _) => 0))
            .Should().Throw<ConfigurationException>().WithMessage("could not find config file /nowhere/server.conf: please use the -config flag");
}
