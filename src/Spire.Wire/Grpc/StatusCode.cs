namespace Spire.Wire.Grpc;

/// <summary>How a call ended. Numbers are those of the wire, names those that SPIRE's logs and tools print.</summary>
public enum StatusCode
{
    /// <summary>It succeeded.</summary>
    OK = 0,

    /// <summary>The caller gave it up.</summary>
    Canceled = 1,

    /// <summary>It failed without saying how.</summary>
    Unknown = 2,

    /// <summary>The request is wrong, whatever the state of the server.</summary>
    InvalidArgument = 3,

    /// <summary>Its time was over.</summary>
    DeadlineExceeded = 4,

    /// <summary>What it asks for does not exist.</summary>
    NotFound = 5,

    /// <summary>What it wants to create exists.</summary>
    AlreadyExists = 6,

    /// <summary>The caller is known and may not do this.</summary>
    PermissionDenied = 7,

    /// <summary>A quota, rate or size limit stands in the way.</summary>
    ResourceExhausted = 8,

    /// <summary>The server is not in the state that the request needs.</summary>
    FailedPrecondition = 9,

    /// <summary>Another operation interfered.</summary>
    Aborted = 10,

    /// <summary>The request reaches past the end.</summary>
    OutOfRange = 11,

    /// <summary>The server does not have this method.</summary>
    Unimplemented = 12,

    /// <summary>The server broke one of its own rules, or the peers one of the protocol's.</summary>
    Internal = 13,

    /// <summary>The server cannot be reached or does not serve now. Trying again may help.</summary>
    Unavailable = 14,

    /// <summary>Data is lost.</summary>
    DataLoss = 15,

    /// <summary>The caller did not prove who it is.</summary>
    Unauthenticated = 16,
}
