using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Tests.Cluster.Tools;

public sealed class KubectlTargetTests
{
    private static readonly KubectlTarget Target = new("/home/me/.kube/config", "staging", "spire-validation");

    [Fact]
    public void Line_OfACommand_NamesKubeconfigContextAndNamespace() =>
        Target.Line(KubectlCommand.Read("get", "pods")).Should().Be(
            "kubectl --kubeconfig=/home/me/.kube/config --context=staging --namespace=spire-validation get pods");

    [Fact]
    public void Line_WordsThatAShellWouldChange_AreQuoted() =>
        Target.Line(KubectlCommand.Read("get", "pods", "-l", "a in (b)", "it's")).Should().EndWith("get pods -l 'a in (b)' 'it'\\''s'");

    [Fact]
    public void Line_OfACommandWithAManifest_DoesNotShowIt() =>
        Target.Line(new KubectlCommand(["apply", "-f", "-"], "password: hunter2", Writes: true)).Should().EndWith("apply -f -");

    [Fact]
    public void Mask_OfASecret_HidesItPlainAndAsKubernetesWritesIt()
    {
        var mask = new SecretMask();
        mask.Add("correct-horse");

        mask.Hide("password: correct-horse, data: Y29ycmVjdC1ob3JzZQ==").Should().Be($"password: {SecretMask.Mark}, data: {SecretMask.Mark}");
    }
}
