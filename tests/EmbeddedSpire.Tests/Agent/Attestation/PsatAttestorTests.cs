using EmbeddedSpire.Agent;
using EmbeddedSpire.Agent.Attestation;
using EmbeddedSpire.Tests.Agent.Scripted;
using Google.Protobuf;

namespace EmbeddedSpire.Tests.Agent.Attestation;

public sealed class PsatAttestorTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Begin_EachTime_ShowsTheTokenThatIsThereNow()
    {
        var attestor = Attestor("first");
        Payload(attestor).Should().Be("""{"cluster":"staging","token":"first"}""");

        File.WriteAllText(_directory.File("token"), "second");

        Payload(attestor).Should().Be("""{"cluster":"staging","token":"second"}""");
    }

    [Fact]
    public void Begin_WithoutAToken_SaysWhatIsMissing() =>
        FluentActions.Invoking(() => Attestor(null).Begin()).Should().Throw<AgentException>()
            .WithMessage($"nodeattestor(k8s_psat): unable to load token from {_directory.File("token")}: *");

    [Fact]
    public void Begin_WithAnEmptyToken_SaysThatItIsEmpty() =>
        FluentActions.Invoking(() => Attestor(string.Empty).Begin()).Should().Throw<AgentException>().WithMessage("* is empty");

    [Fact]
    public void Respond_ToAChallengeThatThereIsNone_IsRefused() =>
        FluentActions.Invoking(() => Attestor("first").Begin().Respond(ByteString.Empty)).Should().Throw<AgentException>()
            .WithMessage("nodeattestor(k8s_psat): plugin closed stream before handling the challenge");

    private static string Payload(PsatAttestor attestor) => attestor.Begin().Data().Payload.ToStringUtf8();

    private PsatAttestor Attestor(string? token)
    {
        if (token is not null)
        {
            File.WriteAllText(_directory.File("token"), token);
        }

        return new PsatAttestor(new PsatSource("staging", _directory.File("token")));
    }
}
