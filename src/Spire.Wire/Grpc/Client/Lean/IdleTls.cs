using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Spire.Wire.Grpc.Client.Lean;

/// <summary>
/// Lets OpenSSL give back a connection's buffers, two of 16 KB, while it has nothing to read or write: <c>SSL_MODE_RELEASE_BUFFERS</c>,
/// which .NET does not set. Holds for all TLS that this process begins afterwards.
/// </summary>
internal static unsafe partial class IdleTls
{
    private const string Library = "libssl.so.3";

    // From openssl/crypto.h and openssl/ssl.h.
    private const int ContextClass = 1;
    private const int SetMode = 33;
    private const int ReleaseBuffers = 0x10;

    private static readonly Lazy<bool> Asked = new(TryAsk);

    /// <summary>Asks OpenSSL for it, once.</summary>
    /// <returns>False when there is no OpenSSL 3; nothing depends on it but memory.</returns>
    public static bool HoldNoBuffers() => Asked.Value;

    private static bool TryAsk()
    {
        try
        {
            // .NET makes a context for each connection and shows it to nobody; who has registered for the class is called for every new one.
            return OperatingSystem.IsLinux() && Register(ContextClass, 0, 0, &SetModeOf, 0, 0) >= 0;
        }
        catch (Exception missing) when (missing is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void SetModeOf(nint context, nint data, nint all, int index, nint number, nint argument) =>
        Control(context, SetMode, ReleaseBuffers, 0);

    // It is libcrypto's, and found because libssl needs that.
    [LibraryImport(Library, EntryPoint = "CRYPTO_get_ex_new_index")]
    private static partial int Register(
        int group, nint number, nint argument, delegate* unmanaged[Cdecl]<nint, nint, nint, int, nint, nint, void> created, nint copied, nint freed);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_ctrl")]
    private static partial nint Control(nint context, int command, nint number, nint argument);
}
