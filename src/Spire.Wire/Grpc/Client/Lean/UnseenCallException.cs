namespace Spire.Wire.Grpc.Client.Lean;

/// <summary>The server said that it has not looked at a call, so that it can be made again elsewhere.</summary>
internal sealed class UnseenCallException() : IOException("The server ended the connection before it saw the call.");
