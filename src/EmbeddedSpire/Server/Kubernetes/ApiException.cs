namespace EmbeddedSpire.Server.Kubernetes;

/// <summary>An API server could not be asked, or did not say what it was asked for. The message begins as SPIRE's would.</summary>
internal sealed class ApiException(string message, Exception? innerException = null) : Exception(message, innerException);
