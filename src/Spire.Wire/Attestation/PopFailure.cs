using Spire.Wire.Grpc;

namespace Spire.Wire.Attestation;

/// <summary>Refusals of the <c>x509pop</c> attestor, prefixed as SPIRE prefixes those of its plugins.</summary>
internal static class PopFailure
{
    public static GrpcException InvalidArgument(string text) => New(StatusCode.InvalidArgument, text);

    public static GrpcException Denied(string text) => New(StatusCode.PermissionDenied, text);

    public static GrpcException Internal(string text) => New(StatusCode.Internal, text);

    private static GrpcException New(StatusCode code, string text) => new(code, $"nodeattestor({PopAttestation.Type}): {text}");
}
