namespace Spire.Wire.Grpc.Server;

/// <summary>The client has given the call up or is not there any more. Whoever waits for it may stop.</summary>
internal sealed class ClientGoneException : OperationCanceledException
{
    public ClientGoneException(Exception? cause = null)
        : base("The client is gone.", cause)
    {
    }
}
