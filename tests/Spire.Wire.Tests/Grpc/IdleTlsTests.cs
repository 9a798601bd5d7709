using System.Runtime.InteropServices;
using Spire.Wire.Grpc.Client.Lean;

namespace Spire.Wire.Tests.Grpc;

public sealed partial class IdleTlsTests
{
    private const string Library = "libssl.so.3";
    private const int Mode = 33;
    private const int ReleaseBuffers = 0x10;

    [SkippableFact]
    public void Contexts_MadeAfterAsking_ReleaseTheBuffersOfIdleConnections()
    {
        Skip.IfNot(IdleTls.HoldNoBuffers(), "There is no OpenSSL 3.");

        var context = NewContext(ClientMethod());
        var mode = Control(context, Mode, 0, 0);
        FreeContext(context);

        (mode & ReleaseBuffers).Should().Be(ReleaseBuffers);
    }

    [LibraryImport(Library, EntryPoint = "TLS_client_method")]
    private static partial nint ClientMethod();

    [LibraryImport(Library, EntryPoint = "SSL_CTX_new")]
    private static partial nint NewContext(nint method);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_free")]
    private static partial void FreeContext(nint context);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_ctrl")]
    private static partial nint Control(nint context, int command, nint number, nint argument);
}
