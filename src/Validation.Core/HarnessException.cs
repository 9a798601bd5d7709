namespace Validation.Core;

/// <summary>Trouble that is expected to happen and that the user can do something about.</summary>
/// <remarks>Any other exception that reaches the command line is a bug of ours and is printed with its stack.</remarks>
public sealed class HarnessException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="exitCode">How the process ends because of this.</param>
    /// <param name="message">What happened, where, the value seen, what is allowed. A complete sentence.</param>
    /// <param name="hint">What to do about it, or null when the message already says so.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public HarnessException(ExitCode exitCode, string message, string? hint = null, Exception? innerException = null)
        : base(message, innerException)
    {
        ExitCode = exitCode;
        Hint = hint;
    }

    /// <summary>Gets how the process ends because of this.</summary>
    public ExitCode ExitCode { get; }

    /// <summary>Gets what to do about it; null when the message already says so.</summary>
    public string? Hint { get; }
}
