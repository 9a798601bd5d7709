using System.Text.RegularExpressions;
using System.Xml.Linq;
using Validation.Cli.Composition;
using Validation.TestKit;

namespace Validation.Cli.Tests;

/// <summary>The rules of the architecture, as tests of the code itself.</summary>
public sealed class ArchitectureTests
{
    private static readonly string[] Siblings =
        ["Validation.Environments", "Validation.Faults", "Validation.Load", "Validation.Reporting", "Validation.Scenarios", "Validation.Spire"];

    private readonly Catalog _catalog = new(TimeProvider.System);

    public static TheoryData<string> SiblingProjects => [.. Siblings];

    [Fact]
    public void Core_References_OnlyTheBaseLibraryAndPureMathematics()
    {
        var project = XDocument.Parse(Repository.Read("src/Validation.Core/Validation.Core.csproj"));
        var statistics = XDocument.Parse(Repository.Read("src/Validation.Statistics/Validation.Statistics.csproj"));

        project.Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value))
            .Should().Equal("Validation.Statistics");
        statistics.Descendants("ProjectReference").Should().BeEmpty("mathematics knows nothing of ours");
        project.Descendants("PackageReference").Should().BeEmpty();
        project.Descendants("FrameworkReference").Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(SiblingProjects))]
    public void Siblings_References_AreCoreAndTheWireOnly(string sibling)
    {
        var project = XDocument.Parse(Repository.Read($"src/{sibling}/{sibling}.csproj"));

        project.Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value))
            .Should().BeSubsetOf(["Validation.Core", "Spire.Wire"]);
    }

    [Theory]
    [InlineData("EmbeddedSpire")]
    [InlineData("Spire.Wire")]
    public void TheSystemUnderTest_SharesNothingWithTheHarnessButTheWire(string project)
    {
        var references = XDocument.Parse(Repository.Read($"src/{project}/{project}.csproj")).Descendants("ProjectReference");

        references.Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value)).Should().BeSubsetOf(["Spire.Wire"]);
    }

    [Fact]
    public void EveryFault_HasOneFileAndOneFileOfTests()
    {
        foreach (var type in _catalog.Injectors.Select(injector => injector.GetType().Name))
        {
            File.Exists(Path.Combine(Repository.Root.FullName, $"src/Validation.Faults/{type}.cs")).Should().BeTrue(type);
            File.Exists(Path.Combine(Repository.Root.FullName, $"tests/Validation.Faults.Tests/{type}Tests.cs")).Should().BeTrue(type);
        }
    }

    [Fact]
    public void EveryFault_HasANegativeControl()
    {
        foreach (var type in _catalog.Injectors.Select(injector => injector.GetType().Name))
        {
            // Those that make links worse share theirs.
            Repository.Read($"tests/Validation.Faults.Tests/{type}Tests.cs").Should().MatchRegex("NotYet|Refuted|: LinkFaultTest", type);
        }
    }

    [Fact]
    public void EveryFault_IsInTheSelfTest()
    {
        var scenarios = string.Concat(Repository.Root.GetFiles("scenarios/selftest/*.yaml").Select(file => File.ReadAllText(file.FullName)));

        _catalog.Injectors.Select(injector => injector.Kind).Where(kind => !Regex.IsMatch(scenarios, $"fault: {kind.Name}[ ,}}]"))
            .Select(kind => kind.Name).Should().BeEmpty();
    }

    [Fact]
    public void EveryInvariant_HasItsNegativeControl()
    {
        foreach (var type in _catalog.Invariants.Select(invariant => invariant.GetType().Name))
        {
            Repository.Read($"tests/Validation.Spire.Tests/Invariants/{type}Tests.cs").Should().Contain("Verdict.Fail", type);
        }
    }

    [Fact]
    public void EveryInvariant_IsFedByDriversAndFaultsThatThereAre() =>
        _catalog.Invariants.SelectMany(invariant => invariant.FedBy).Distinct()
            .Except(_catalog.Drivers.Select(driver => driver.Kind.Name)).Except(_catalog.Injectors.Select(injector => injector.Kind.Name)).Should().BeEmpty();

    [Fact]
    public void EveryInjector_IsInTheCatalog()
    {
        var injectors = typeof(Validation.Faults.FaultCatalog).Assembly.GetTypes()
            .Where(type => type.IsAssignableTo(typeof(Validation.Core.Faults.IFaultInjector)) && !type.IsAbstract);

        _catalog.Injectors.Select(injector => injector.GetType()).Should().BeEquivalentTo(injectors);
    }

    [Fact]
    public void EveryName_IsGivenOnce()
    {
        _catalog.Injectors.Select(injector => injector.Kind.Name).Should().OnlyHaveUniqueItems();
        _catalog.Drivers.Select(driver => driver.Kind.Name).Should().OnlyHaveUniqueItems();
        _catalog.Invariants.Select(invariant => invariant.Name).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void Readme_EveryFaultDriverInvariantAndParameter_HasItsRow()
    {
        var readme = Repository.Read("README.md");
        var words = _catalog.Injectors.Select(injector => injector.Kind.Name)
            .Concat(_catalog.Drivers.Select(driver => driver.Kind.Name))
            .Concat(_catalog.Invariants.Select(invariant => invariant.Name))
            .Concat(_catalog.Injectors.SelectMany(injector => injector.Kind.Parameters).Concat(_catalog.Drivers.SelectMany(driver => driver.Kind.Parameters)).Select(parameter => parameter.Name));

        _catalog.Injectors.Select(injector => injector.Kind.Name).Where(name => !readme.Contains($"\n| `{name}` ", StringComparison.Ordinal)).Should().BeEmpty();
        words.Distinct().Where(word => !readme.Contains($"`{word}`", StringComparison.Ordinal)).Should().BeEmpty();
    }

    [Fact]
    public void Readme_EveryCommandInIt_IsUnderstood()
    {
        var commands = Repository.Read("README.md").Split('\n')
            .Where(line => line.StartsWith("./run.sh ", StringComparison.Ordinal))
            .Select(line => line["./run.sh ".Length..].Split('#')[0].Trim())
            .Where(line => line is not "test" && line.Length > 0)
            .ToArray();

        commands.Should().NotBeEmpty();
        foreach (var command in commands)
        {
            var problems = new CommandLine(CliHost.Real(), null).ProblemsIn(command.Split(' ', StringSplitOptions.RemoveEmptyEntries));
            problems.Should().BeEmpty($"README says: ./run.sh {command}");
        }
    }

    [Fact]
    public void Core_EveryPublicType_IsSealedOrMadeForInheritance()
    {
        var open = typeof(Validation.Core.Verdict).Assembly.GetExportedTypes()
            .Where(type => type is { IsClass: true, IsSealed: false, IsAbstract: false })
            .Select(type => type.Name);

        open.Should().BeEmpty("a class is sealed unless somebody is meant to inherit from it");
    }
}
