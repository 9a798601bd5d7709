using Validation.Environments.Local.Doctor;

namespace Validation.Environments.Tests.Local.Doctor;

public sealed class PatroniClientTrialTests
{
    [Theory]
    [InlineData("#!/usr/bin/python3", "/usr/bin/python3")]
    [InlineData("#! /opt/patroni/bin/python3.11 -s", "/opt/patroni/bin/python3.11")]
    [InlineData("#!/usr/bin/env python3", "python3")]
    [InlineData("#!/bin/sh", null)]
    [InlineData("", null)]
    public void PythonOf_FirstLineOfAScript_IsWhatItAsksFor(string line, string? expected) =>
        PatroniClientTrial.PythonOf(line).Should().Be(expected);
}
