using System.CommandLine;
using Spectre.Console;
using Validation.Cli.Composition;
using Validation.Core;
using Validation.Core.Scenarios;

namespace Validation.Cli.Commands;

/// <summary><c>list</c>: shows what scenarios can be made of.</summary>
internal static class ListCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="host">The outside.</param>
    public static Command Create(CliHost host)
    {
        var command = new Command("list", "Lists the environments, scenarios, drivers, faults with their parameters, invariants, times that limits can be counted from, and defects of the embedded SPIRE and of the stack around it.");
        command.SetAction(_ =>
        {
            var catalog = new Catalog(host.Time);
            Section(host.Console, "Environments", EnvironmentCatalog.All(CommonOptions.Local(null), host).Select(environment => (environment.Name, environment.Summary)));
            Section(host.Console, "Scenarios", ScenarioLoader.Shipped(host.Home).Select(path => (path, string.Empty)));
            Section(host.Console, "Drivers", catalog.Drivers.SelectMany(driver => Rows(driver.Kind.Name, driver.Kind.Summary, driver.Kind.Parameters)));
            Section(host.Console, "Faults", catalog.Injectors.SelectMany(injector => Rows(injector.Kind.Name, injector.Kind.Summary, injector.Kind.Parameters)));
            Section(host.Console, "Invariants", catalog.Invariants.Select(invariant => (invariant.Name, invariant.Statement)));
            Section(host.Console, "Bounds", Bound.All.Select(bound => (bound.Name, bound.Source)));
            Section(host.Console, "Defects", Catalog.Defects.Select(defect => (defect.Name, defect.Summary)));
            return (int)ExitCode.Pass;
        });
        return command;
    }

    private static IEnumerable<(string Name, string Text)> Rows(string name, string summary, IEnumerable<Parameter> parameters) =>
        parameters
            .Select(parameter => ($"  {parameter.Name}", $"{parameter.Summary} {(parameter.IsRequired ? "Required" : $"Default {parameter.DefaultText}")}; {parameter.Allowed}."))
            .Prepend((name, summary));

    private static void Section(IAnsiConsole console, string title, IEnumerable<(string Name, string Text)> rows)
    {
        var table = new Table().Border(TableBorder.None).AddColumn(new TableColumn(title).NoWrap()).AddColumn(string.Empty);
        foreach (var (name, text) in rows)
        {
            table.AddRow(new Text(name), new Text(text));
        }

        console.Write(table);
        console.WriteLine();
    }
}
