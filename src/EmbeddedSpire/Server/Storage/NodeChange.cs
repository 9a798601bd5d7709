namespace EmbeddedSpire.Server.Storage;

/// <summary>What changes on an agent. What is null stays.</summary>
internal sealed record NodeChange
{
    private DateTimeOffset? ExpiresAt { get; init; }

    private string? SerialNumber { get; init; }

    private bool? CanReattest { get; init; }

    private string? NewSerialNumber { get; init; }

    private string? AgentVersion { get; init; }

    /// <summary>Gets the end of the new certificate together with <see cref="NewSerialNumber"/>; null there clears it.</summary>
    private (bool IsSet, DateTimeOffset? Value) NewExpiresAt { get; init; }

    /// <summary>A certificate takes the place of all that were before: after attestation, or when a new one was used.</summary>
    public static NodeChange Activate(string serialNumber, DateTimeOffset expiresAt, bool canReattest) => new()
    {
        SerialNumber = serialNumber,
        ExpiresAt = expiresAt,
        NewSerialNumber = string.Empty,
        NewExpiresAt = (true, null),
        CanReattest = canReattest,
    };

    /// <summary>A certificate waits for its first use.</summary>
    public static NodeChange Renew(string serialNumber, DateTimeOffset expiresAt) => new()
    {
        NewSerialNumber = serialNumber,
        NewExpiresAt = (true, expiresAt),
    };

    /// <summary>No certificate is good any more.</summary>
    public static NodeChange Ban() => new() { SerialNumber = string.Empty, NewSerialNumber = string.Empty };

    /// <summary>The agent says which version it is.</summary>
    public static NodeChange Version(string version) => new() { AgentVersion = version };

    /// <summary>Writes the assignments.</summary>
    /// <param name="parameters">Gets the values.</param>
    public string ToSql(List<object?> parameters)
    {
        var assignments = new List<string>();
        void Set(string column, object? value)
        {
            parameters.Add(value);
            assignments.Add($"{column} = ${parameters.Count}");
        }

        if (ExpiresAt is { } expiresAt)
        {
            Set("expires_at", expiresAt);
        }

        if (SerialNumber is not null)
        {
            Set("serial_number", SerialNumber);
        }

        if (NewExpiresAt.IsSet)
        {
            Set("new_expires_at", NewExpiresAt.Value);
        }

        if (NewSerialNumber is not null)
        {
            Set("new_serial_number", NewSerialNumber);
        }

        if (CanReattest is { } canReattest)
        {
            Set("can_reattest", canReattest);
        }

        if (AgentVersion is not null)
        {
            Set("agent_version", AgentVersion);
        }

        return string.Join(", ", assignments);
    }
}
