namespace EmbeddedSpire.Agent;

/// <summary>Trouble that an agent may meet: its message is logged, and nothing else is known about it.</summary>
internal class AgentException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What happened, in SPIRE's words where it has some.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public AgentException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
