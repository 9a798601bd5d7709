namespace Validation.Environments.Tests.Kit;

/// <summary>As whom a sandbox is made.</summary>
public enum As
{
    /// <summary>As root.</summary>
    Root,

    /// <summary>As an ordinary user: the one who runs the tests, or nobody when that is root.</summary>
    OrdinaryUser,
}
