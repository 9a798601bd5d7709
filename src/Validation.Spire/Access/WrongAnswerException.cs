namespace Validation.Spire.Access;

/// <summary>A server or an agent answered, and not what it was asked for.</summary>
/// <param name="message">What it answered and what was due.</param>
/// <param name="innerException">Why the answer could not be used, if that has a reason of its own.</param>
internal sealed class WrongAnswerException(string message, Exception? innerException = null) : Exception(message, innerException);
