using Validation.Environments.Cluster.Helper.Session;

namespace Validation.Environments.Tests.Cluster.Helper;

/// <summary>What kernels, cgroup drivers and container runtimes write into <c>/proc/PID/cgroup</c>.</summary>
public sealed class ContainerPathTests
{
    private const string Uid = "3d1c2f6e-8a51-4b7e-9a0c-5f1d2e3c4b5a";
    private const string Underscored = "3d1c2f6e_8a51_4b7e_9a0c_5f1d2e3c4b5a";
    private const string Id = "4f0c6b1de2a3958877665544332211000123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("v2, systemd, containerd", $"0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{Underscored}.slice/cri-containerd-{Id}.scope")]
    [InlineData("v2, systemd, guaranteed", $"0::/kubepods.slice/kubepods-pod{Underscored}.slice/cri-containerd-{Id}.scope")]
    [InlineData("v2, cgroupfs", $"0::/kubepods/besteffort/pod{Uid}/{Id}")]
    [InlineData("v2, CRI-O", $"0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod{Underscored}.slice/crio-{Id}.scope")]
    [InlineData("v2, CRI-O, a group of its own below", $"0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod{Underscored}.slice/crio-{Id}.scope/container")]
    [InlineData("v2, Docker", $"0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod{Underscored}.slice/docker-{Id}.scope")]
    [InlineData("v2, seen from another cgroup namespace", $"0::/../../pod{Uid}/{Id}")]
    [InlineData("v2, a Kubernetes node that is a container", $"0::/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod{Underscored}.slice/cri-containerd-{Id}.scope")]
    [InlineData("v1, the driver of the runtime differs from the kubelet's", $"5:devices:/system.slice/containerd.service/kubepods-burstable-pod{Underscored}.slice:cri-containerd:{Id}")]
    [InlineData("v1, many controllers", $"12:pids:/kubepods/burstable/pod{Uid}/{Id}\n11:memory:/kubepods/burstable/pod{Uid}/{Id}\n1:name=systemd:/kubepods/burstable/pod{Uid}/{Id}\n0::/system.slice/containerd.service\n")]
    public void Parse_AProcessOfAPod_TellsPodAndContainer(string what, string cgroups) =>
        ContainerPath.Parse(cgroups).Should().Be(new ContainerPath(Uid, Id), what);

    [Theory]
    [InlineData("a program of the machine", "0::/user.slice/user-1000.slice/session-1.scope")]
    [InlineData("the kubelet", "0::/system.slice/kubelet.service")]
    [InlineData("CRI-O's monitor of a container", $"0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod{Underscored}.slice/crio-conmon-{Id}.scope")]
    [InlineData("a Docker container without Kubernetes", $"0::/system.slice/docker-{Id}.scope")]
    [InlineData("the pod's own group", $"0::/kubepods/besteffort/pod{Uid}")]
    [InlineData("a shorter id", $"0::/kubepods/besteffort/pod{Uid}/4f0c6b1de2a3")]
    [InlineData("nothing", "")]
    public void Parse_AnyOtherProcess_TellsNothing(string what, string cgroups) => ContainerPath.Parse(cgroups).Should().BeNull(what);
}
