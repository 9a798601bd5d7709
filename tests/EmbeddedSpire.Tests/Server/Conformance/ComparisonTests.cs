using Spire.Wire.Contracts.Types;

namespace EmbeddedSpire.Tests.Server.Conformance;

/// <summary>The comparison must be able to fail.</summary>
public sealed class ComparisonTests
{
    private const string OneId = "3edcac20-de76-44a4-a832-8438d03eb795";
    private const string AnotherId = "57dc3e92-ea93-4e24-96af-1791cc13e969";

    private readonly Substitutions _substitutions = new();

    [Fact]
    public void Comparison_OfEqualMessages_FindsNothing() => Compare(Recorded(), Recorded()).Should().BeEmpty();

    [Fact]
    public void Comparison_OfAnotherNumber_FindsIt()
    {
        var live = Recorded();
        live.X509SvidTtl++;

        Compare(Recorded(), live).Should().ContainSingle().Which.Should().Be("x509_svid_ttl");
    }

    [Fact]
    public void Comparison_OfAMissingField_FindsIt()
    {
        var live = Recorded();
        live.ParentId = null;

        Compare(Recorded(), live).Should().ContainSingle().Which.Should().Be("parent_id");
    }

    [Fact]
    public void Comparison_OfAnotherNumberOfItems_FindsIt()
    {
        var live = Recorded();
        live.Selectors.Add(new Selector());

        Compare(Recorded(), live).Should().ContainSingle().Which.Should().Be("selectors (count)");
    }

    [Fact]
    public void Comparison_OfAMissingInstant_FindsIt()
    {
        var live = Recorded();
        live.CreatedAt = 0;

        Compare(Recorded(), live).Should().ContainSingle().Which.Should().Be("created_at");
    }

    [Fact]
    public void Comparison_OfAnotherInstant_FindsNothing()
    {
        var live = Recorded();
        live.CreatedAt += 100;

        Compare(Recorded(), live).Should().BeEmpty();
    }

    [Fact]
    public void Comparison_OfAnIdThatIsDrawn_LearnsIt()
    {
        var live = Recorded();
        live.Id = AnotherId;

        Compare(Recorded(), live).Should().BeEmpty();
        _substitutions.Apply($"spiffe://bench.test/{OneId}").Should().Be($"spiffe://bench.test/{AnotherId}");
    }

    [Fact]
    public void Comparison_OfAnIdThatChangesItsMeaning_FindsIt()
    {
        var live = Recorded();
        live.Id = AnotherId;
        Compare(Recorded(), live).Should().BeEmpty();
        live.Id = "7e3a48af-e4fa-4f30-96e2-1418c190595f";

        Compare(Recorded(), live).Should().ContainSingle().Which.Should().Be("id");
    }

    [Fact]
    public void Comparison_OfAnotherText_FindsIt()
    {
        var live = Recorded();
        live.SpiffeId.Path = "/b";

        Compare(Recorded(), live).Should().ContainSingle().Which.Should().Be("spiffe_id.path");
    }

    private static Entry Recorded() => new()
    {
        Id = OneId,
        SpiffeId = new SPIFFEID { TrustDomain = "bench.test", Path = "/a" },
        ParentId = new SPIFFEID { TrustDomain = "bench.test", Path = "/parent" },
        Selectors = { new Selector { Type = "unix", Value = "uid:0" } },
        X509SvidTtl = 60,
        CreatedAt = 1795179076,
    };

    private IEnumerable<string> Compare(Entry recorded, Entry live)
    {
        var comparison = new Comparison(_substitutions);
        comparison.Messages(string.Empty, recorded, live);
        return comparison.Findings.Select(finding => finding.Place);
    }
}
