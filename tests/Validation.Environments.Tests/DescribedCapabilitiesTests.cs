using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Cluster;
using Validation.Environments.Cluster.Helper;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.K3s;
using Validation.Environments.Kubernetes;
using Validation.Environments.Local;
using Validation.Environments.Local.Supervisor;
using Validation.Environments.Tests.Cluster.Kit;
using Validation.Environments.Tests.K3s.Kit;

namespace Validation.Environments.Tests;

/// <summary>What an environment says before a run that a stack and its nodes can do, they can do.</summary>
public sealed class DescribedCapabilitiesTests
{
    private static readonly KubernetesOptions Kubernetes = new()
    {
        Kubeconfig = "KUBECONFIG",
        Context = "staging",
        AllowedContexts = ["staging"],
        Manifests = new DirectoryInfo("."),
    };

    [Fact]
    public void Local_IsWhatItIsDescribedAs() => Compare(
        new LocalEnvironment(new LocalOptions(), TimeProvider.System).Describe(StackSpec.Default), typeof(LocalStack), _ => typeof(ProcessNode));

    [Fact]
    public void Kubernetes_IsWhatItIsDescribedAs() =>
        Compare(new KubernetesEnvironment(Kubernetes, new RecordingKubectl(), TimeProvider.System).Describe(StackSpec.Default), typeof(ClusterStack), OfCluster);

    [Fact]
    public void K3s_IsWhatItIsDescribedAs() => Compare(
        new K3sEnvironment(K3sStage.Options, TimeProvider.System).Describe(StackSpec.Default), typeof(K3sStack), name => OfCluster(name) ?? typeof(KubernetesNode));

    private static void Compare(StackShape shape, Type stack, Func<string, Type?> nodeOf)
    {
        shape.Can.Where(capability => !stack.IsAssignableTo(capability)).Should().BeEmpty();
        shape.Nodes.Should().NotBeEmpty();
        shape.Nodes.SelectMany(node => node.Can.Where(capability => nodeOf(node.Name)?.IsAssignableTo(capability) != true)).Should().BeEmpty();
    }

    private static Type? OfCluster(string name)
    {
        var helpers = new NodeHelpers(new RecordingKubectl(), (_, _) => throw new HarnessException(ExitCode.EnvironmentFailed, "no helper"), TimeProvider.System);
        var nodes = new ClusterNodes(StackSpec.Default, ["node-a", "node-b", "node-c"], new PodProcesses(helpers), new PodObjects(new RecordingKubectl()), TimeProvider.System);
        return nodes.All.FirstOrDefault(node => node.Name == name)?.GetType();
    }
}
