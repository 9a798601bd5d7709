using System.Globalization;
using System.Text;
using System.Xml;
using Validation.Core;
using Validation.Core.Judging;
using Validation.Core.Recording;
using Validation.Reporting.Digest;

namespace Validation.Reporting;

/// <summary>The report for CI servers: one test suite in JUnit's XML, one test case for each finding.</summary>
/// <remarks>
/// <para>A finding that failed is a <c>failure</c>. One that is inconclusive is an <c>error</c>, not <c>skipped</c>:
/// servers show skipped tests as harmless, and a check without evidence is not.</para>
/// <para>The suite is green exactly when the run passed. In a canary the finding that it expects is therefore no
/// <c>failure</c> and no <c>error</c>, and one more test case says whether the expectation was met.</para>
/// </remarks>
public static class JUnitReport
{
    /// <summary>Writes the report.</summary>
    /// <param name="run">The run.</param>
    /// <returns>An XML document; its declaration says UTF-8, in which it should be written.</returns>
    public static string Write(JudgedRun run)
    {
        var cases = CasesOf(run);
        using var text = new Utf8Writer();
        using (var xml = XmlWriter.Create(text, new XmlWriterSettings { Indent = true, NewLineChars = "\n" }))
        {
            xml.WriteStartElement("testsuites");
            WriteSuite(xml, run, cases);
            xml.WriteEndElement();
        }

        return text + "\n";
    }

    private static List<Case> CasesOf(JudgedRun run)
    {
        var cases = run.Result.Findings
            .Select(finding => new Case(
                finding.Kind.ToString().ToLowerInvariant(),
                finding.Name,
                run.IsAsExpected(finding) || run.FollowsFromDefect(finding) ? Verdict.Pass : finding.Verdict,
                Explain(finding, run.IsAsExpected(finding)),
                finding.Window?.Length ?? TimeSpan.Zero))
            .ToList();
        if (cases.Count == 0 || cases.Select(one => one.Verdict).Worst() != run.Result.Verdict || run.Recording.Plan.Expect is not null)
        {
            cases.Add(new Case("run", "expectation", run.Result.Verdict, run.Result.Statement, TimeSpan.Zero));
        }

        return cases;
    }

    private static string Explain(Finding finding, bool isExpected) => string.Join('\n', new[]
    {
        !isExpected ? null : finding.Verdict == Verdict.Fail ? "Failed as expected." : "Not decided, as expected.",
        finding.Statement,
        Wording.Evidence(finding),
        finding.Hint,
    }.Where(line => !string.IsNullOrEmpty(line)));

    private static void WriteSuite(XmlWriter xml, JudgedRun run, IReadOnlyCollection<Case> cases)
    {
        xml.WriteStartElement("testsuite");
        Attribute(xml, "name", run.Recording.Plan.Scenario);
        Attribute(xml, "tests", Number(cases.Count));
        Attribute(xml, "failures", Number(cases.Count(one => one.Verdict == Verdict.Fail)));
        Attribute(xml, "errors", Number(cases.Count(one => one.Verdict == Verdict.Inconclusive)));
        Attribute(xml, "skipped", "0");
        Attribute(xml, "time", Seconds(run.Length));
        if (run.StartedAt is { } started)
        {
            Attribute(xml, "timestamp", started.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture));
        }

        WriteProperties(xml, run);
        foreach (var one in cases)
        {
            WriteCase(xml, one);
        }

        xml.WriteEndElement();
    }

    private static void WriteProperties(XmlWriter xml, JudgedRun run)
    {
        var plan = run.Recording.Plan;
        var own = new (string Name, string Value)[]
        {
            ("verdict", run.Result.Verdict.Word()),
            ("question", plan.Question),
            ("seed", plan.Seed.ToString(CultureInfo.InvariantCulture)),
            (EnvironmentFactNames.Spire, run.Spire),
            ("environment", plan.Environment),
            ("directory", run.Directory),
            ("run again", run.RunCommand),
        };
        var facts = run.Recording.Environment
            .Where(fact => fact.Key != EnvironmentFactNames.Spire)
            .OrderBy(fact => fact.Key, StringComparer.Ordinal)
            .Select(fact => (fact.Key, fact.Value));
        xml.WriteStartElement("properties");
        foreach (var (name, value) in own.Concat(facts))
        {
            xml.WriteStartElement("property");
            Attribute(xml, "name", name);
            Attribute(xml, "value", value);
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static void WriteCase(XmlWriter xml, Case one)
    {
        xml.WriteStartElement("testcase");
        Attribute(xml, "classname", one.Kind);
        Attribute(xml, "name", one.Name);
        Attribute(xml, "time", Seconds(one.Length));
        if (one.Verdict == Verdict.Pass)
        {
            xml.WriteElementString("system-out", Wording.Printable(one.Text));
        }
        else
        {
            xml.WriteStartElement(one.Verdict == Verdict.Fail ? "failure" : "error");
            Attribute(xml, "type", one.Verdict.Word());
            Attribute(xml, "message", one.Text.Split('\n')[0]);
            xml.WriteString(Wording.Printable(one.Text));
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static void Attribute(XmlWriter xml, string name, string value) => xml.WriteAttributeString(name, Wording.Printable(value));

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan length) => length.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);

    private sealed record Case(string Kind, string Name, Verdict Verdict, string Text, TimeSpan Length);

    // XmlWriter takes the encoding that it declares from its text writer, and a plain StringWriter says UTF-16.
    private sealed class Utf8Writer : StringWriter
    {
        public Utf8Writer()
            : base(CultureInfo.InvariantCulture)
        {
        }

        public override Encoding Encoding => Encoding.UTF8;
    }
}
