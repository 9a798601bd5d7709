namespace EmbeddedSpire.Agent.Connection;

/// <summary>The failure that makes an agent give up: it does not know who signed its server's certificate, and never will by waiting.</summary>
internal static class UnknownAuthority
{
    /// <summary>What Go says of it, by which SPIRE recognizes it in whatever the error has become on its way.</summary>
    public const string Mark = "x509: certificate signed by unknown authority";

    /// <summary>Tells whether a failure is this one.</summary>
    public static bool IsCauseOf(Exception failure) => failure.Message.Contains(Mark, StringComparison.Ordinal);
}
