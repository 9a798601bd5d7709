using System.Reflection;
using Google.Protobuf.Reflection;
using Spire.Wire.Contracts;
using Spire.Wire.Grpc;

namespace Spire.Wire.Tests.Contracts;

public sealed class MethodsTests
{
    private static readonly Dictionary<string, GrpcMethod> Methods = typeof(AgentMethods).Assembly.GetTypes()
        .Where(type => type.Namespace == typeof(AgentMethods).Namespace && type.Name.EndsWith("Methods", StringComparison.Ordinal))
        .SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Static))
        .Select(property => (GrpcMethod)property.GetValue(null)!)
        .ToDictionary(method => method.Path);

    private static readonly List<MethodDescriptor> Contracts =
        [.. Recording.FileDescriptors().SelectMany(file => file.Services).SelectMany(service => service.Methods)];

    [Fact]
    public void EveryMethodOfTheContracts_HasItsConstant()
    {
        Methods.Keys.Should().BeEquivalentTo(Contracts.Select(PathOf));
    }

    [Fact]
    public void EveryConstant_HasTheKindAndTheMessagesOfItsContract()
    {
        foreach (var contract in Contracts)
        {
            var method = Methods[PathOf(contract)];

            method.Kind.Should().Be(KindOf(contract), "{0} is so in its contract", contract.FullName);
            method.GetType().GenericTypeArguments.Should().Equal([contract.InputType.ClrType, contract.OutputType.ClrType], "{0} is so in its contract", contract.FullName);
        }
    }

    [Fact]
    public void EveryRecordedCall_IsToAMethodThatWeHave_ExceptThoseThatSpireLacksToo()
    {
        var recorded = Recording.Conversations.SelectMany(Recording.Read).Select(line => line.Method).Distinct();

        recorded.Where(path => !Methods.ContainsKey(path))
            .Should().BeEquivalentTo("/spire.api.server.agent.v1.Agent/Nope", "/no.such.Service/Nope");
    }

    private static string PathOf(MethodDescriptor method) => $"/{method.Service.FullName}/{method.Name}";

    private static MethodKind KindOf(MethodDescriptor method) => (method.IsClientStreaming, method.IsServerStreaming) switch
    {
        (false, false) => MethodKind.Unary,
        (false, true) => MethodKind.ServerStream,
        (true, true) => MethodKind.Duplex,
        _ => throw new NotSupportedException($"{method.FullName} streams from the client only"),
    };
}
